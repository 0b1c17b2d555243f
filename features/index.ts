/** Features: operators → expressions → sets; labels and datasets; batch and stream evaluation. */
export type { Dataset, FeatureMatrix } from './dataset.ts'
export {
  buildDataset,
  buildDatasetShared,
  evaluateBars,
  fillGroups,
  fingerprint,
  shared,
  type DatasetRequest,
} from './dataset-builder.ts'
export {
  checkEventName,
  eventColumnNames,
  joinEvents,
  type EventSeries,
} from './events/event-series.ts'
export {
  evaluatePanel,
  FeatureEvaluation,
  type BarRows,
  type Block,
  type Emit,
} from './evaluation.ts'
export {
  apply,
  column,
  columnsOf,
  formatExpression,
  signature,
  type Expression,
} from './expression/expression.ts'
export { parseExpression, type ParseOptions } from './expression/parse.ts'
export { parseFeatureSet } from './expression/user-set.ts'
export {
  featureSetFingerprint,
  featureSets,
  fileFeatures,
  findFeatureSet,
  knownFeatureSets,
  registerFeatureSet,
  type Feature,
  type FeatureSet,
} from './feature-set.ts'
export {
  formatLabel,
  grammarOf,
  labelColumns,
  labelKinds,
  labelPanel,
  metaLabels,
  parseLabel,
  type Label,
  type LabelColumns,
  type LabelKind,
  type MetaOptions,
} from './labels/index.ts'
export type { CrossOperator, Operator, SeriesOperator } from './operator.ts'
export { findOperator, operators, registerOperator } from './operators/index.ts'
export { compilePlan, looksAcross, type Plan } from './plan.ts'
export {
  readVectorLog,
  VectorLog,
  vectorLogFolder,
  verifyReportFile,
  type LoggedVector,
  type VectorKey,
} from './vector-log.ts'
export { FeatureStream, type LatestFeatures } from './stream.ts'
export * from './watch/index.ts'
export * from './weights/index.ts'
export {
  FeatureStore,
  featureStoreFolder,
  type StoredSet,
  type UpdateReport,
} from './store/feature-store.ts'
