/**
 * Exponential means in a row, each seeded with the mean of the first `window` values of the one before, as TA-Lib seeds DEMA,
 * TEMA, T3 and TRIX: mean k of them has its first value after k (window − 1) rows.
 */
import { smooth, smoothed, type SmoothedState } from '../../exponential/smoothed.ts'

export interface ExponentialChain {
  readonly stages: readonly SmoothedState[]
  /** The newest value of each mean. */
  readonly values: Float64Array
}

export const alphaOf = (window: number): number => 2 / (window + 1)

export function exponentialChain(window: number, count: number): ExponentialChain {
  return {
    stages: Array.from({ length: count }, () => smoothed(alphaOf(window), window)),
    values: new Float64Array(count),
  }
}

/** Takes one value through all means; answers the last, NaN where the value or the seed of any is missing. */
export function smoothAll({ stages, values }: ExponentialChain, x: number): number {
  let value = x - x === 0 ? x : NaN
  for (let k = 0; k < stages.length; k++) {
    value = smooth(stages[k]!, value)
    values[k] = value
  }
  return value
}
