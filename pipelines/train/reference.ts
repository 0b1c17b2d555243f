/**
 * What the features of a training looked like, for its artifact. Of the training rows alone: a distribution that knew the
 * validation's rows would find less drift in it than there was.
 */
import { createRng } from '../../core/rng.ts'
import { describeReference, fileFeatures, type Reference } from '../../features/index.ts'
import type { PlannedFit } from './plan.ts'

/** Undefined for a dataset file: the server computes no such features, so there is nothing to compare. */
export function trainingReference({ task, featureSet }: PlannedFit): Reference | undefined {
  if (featureSet.name === fileFeatures) return undefined
  return describeReference(task.dataset, task.train, createRng(task.seed).stream('reference'))
}
