/** A recipe's sample weights on the training rows of its dataset. */
import {
  fingerprint,
  parseSampleWeights,
  sampleWeights,
  shared,
  type Dataset,
} from '../../features/index.ts'

/**
 * The dataset with the weights of its training rows multiplied, mean 1, and a fingerprint of its own; the very dataset without weights or with uniform ones.
 * Weights are made from the training rows alone; other rows keep theirs, so that validation figures compare across weights.
 *
 * @throws UNKNOWN_NAME, INVALID_VALUE, BAD_DATA
 */
export function weighSamples(
  dataset: Dataset,
  train: Int32Array,
  {
    weights,
    barReturns,
  }: {
    readonly weights: string | undefined
    readonly barReturns?: (() => Float64Array) | undefined
  },
): Dataset {
  if (weights === undefined) return dataset
  const parsed = parseSampleWeights(weights)
  if (parsed.text === 'uniform') return dataset
  const own = Float64Array.from(train, (row) => dataset.weight[row]!)
  const made = sampleWeights(parsed, dataset, { rows: train, own, barReturns })
  const weight = new Float64Array(shared(dataset.rows, 8))
  weight.set(dataset.weight)
  train.forEach((row, k) => (weight[row] = made[k]!))
  const definition = `${dataset.fingerprint}/${parsed.text}`
  return Object.freeze({ ...dataset, weight, fingerprint: fingerprint(definition, [weight]) })
}
