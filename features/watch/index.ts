/** Watching features: what training saw, how far served values have moved from it, how unlike it one vector is. */
export { BinCounts } from './bin-counts.ts'
export {
  createDissimilarity,
  type Dissimilarity,
  type DissimilarityOptions,
} from './dissimilarity.ts'
export {
  defaultDriftLimits,
  driftStates,
  measureDrift,
  type DriftLimits,
  type DriftState,
  type FeatureDrift,
} from './drift.ts'
export { countBars, type RowSpan } from './drift-bars.ts'
export { DriftWindow, type DriftChange, type DriftWindowOptions } from './drift-window.ts'
export {
  describeReference,
  type FeatureReference,
  type Reference,
  type ReferenceOptions,
} from './reference.ts'
