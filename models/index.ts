/** Models: kinds, artifacts, ensembles and their signals, evaluation. */
export { openArtifactStore, type ArtifactStore } from './artifacts/artifact-store.ts'
export { renderCard } from './artifacts/card.ts'
export {
  artifactId,
  codeVersion,
  type EnsembleManifest,
  type Manifest,
  type ModelManifest,
} from './artifacts/manifest.ts'
export {
  loadEnsemble,
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
export { evaluatePredictions, type Metrics } from './evaluation/metrics.ts'
export { purgedTimeSplit, type TimeSplit } from './evaluation/purged-split.ts'
