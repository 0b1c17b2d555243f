/** Models: kinds, artifacts, ensembles and their signals, evaluation. */
export { openArtifactStore, type ArtifactStore } from './artifacts/artifact-store.ts'
export { renderCard, type CardDetails } from './artifacts/card.ts'
export { curveFile, encodeCurve, readCurve } from './artifacts/curve.ts'
export { exportArtifact } from './artifacts/export.ts'
export { encodeReference, readReference } from './artifacts/reference.ts'
export {
  artifactId,
  codeVersion,
  type EnsembleManifest,
  type Manifest,
  type ModelManifest,
} from './artifacts/manifest.ts'
export { combinePredictions, commonLevels, type CombinedPredictions } from './ensemble/combine.ts'
export {
  loadEnsemble,
  opinionOf,
  predictSignals,
  type FeatureSource,
  type LoadedEnsemble,
  type MemberReference,
} from './ensemble/ensemble.ts'
export {
  consensus,
  type Confirmations,
  type ConsensusRule,
  type Direction,
  type Signal,
  type Vote,
} from './ensemble/signal.ts'
export type {
  Checkpoint,
  CurvePoint,
  Explanation,
  FitContext,
  FitProgress,
  FittedModel,
  ModelFiles,
  ModelKind,
  Predictions,
} from './kind.ts'
export { findKind, modelKinds } from './kinds.ts'
export {
  addObservation,
  confidenceInterval,
  type Interval,
  type RunningMoments,
} from './evaluation/confidence-sequence.ts'
export { checkInference } from './runtime/check-inference.ts'
export { resolveDevice } from './runtime/devices.ts'
export { openPredictor } from './runtime/open-predictor.ts'
export type {
  Device,
  FloatTensor,
  InferenceOptions,
  Predictor as NetworkPredictor,
} from './runtime/predictor.ts'
export { probeRuntimes, type ProbeReport } from './runtime/probe.ts'
export { evaluatePredictions, type Metrics } from './evaluation/metrics.ts'
export { purgedTimeSplit, type TimeSplit } from './evaluation/purged-split.ts'
