/** Sample weights: how much each label says that no other does. */
export { labelSpans, type LabelSpans, type LabelTable } from './label-spans.ts'
export { returnAttribution } from './return-attribution.ts'
export {
  parseSampleWeights,
  sampleWeightKinds,
  sampleWeights,
  sampleWeightsGrammar,
  type SampleWeightKind,
  type SampleWeights,
} from './sample-weights.ts'
export {
  sequentialBootstrap,
  sequentialDraws,
  type SequentialDraws,
} from './sequential-bootstrap.ts'
export { exponentialDecay, linearDecay } from './time-decay.ts'
export { averageUniqueness, concurrency } from './uniqueness.ts'
