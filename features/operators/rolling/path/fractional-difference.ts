/**
 * Fractional differentiation with a window of fixed width (López de Prado 2018, section 5.5): (1 − B)^order as a weighted sum of
 * the last `window` values, w₀ = 1, w_k = −w_{k−1} (order − k + 1) / k. Order 1 is the difference, 0 the value itself; between
 * them a series may become stationary and still remember its level. The width is given in rows, where the book gives the
 * weight below which it cuts: a plan must know how far back it reads. The weights never repeat, so a row costs its window.
 */
import { finite } from '../../elementwise/elementwise.ts'
import { windowIndicator } from '../../technical/stages/indicator.ts'
import type { One } from '../../technical/stages/inputs.ts'
import { windowOf } from '../../technical/stages/parameters.ts'

interface FractionalState {
  /** Weight of the value so many rows ago. */
  readonly weights: Float64Array
  /** Values in a row, at most the window. */
  run: number
}

export const fractionalDifference = windowIndicator<FractionalState>({
  name: 'FracDiff',
  doc: 'Fractional difference of order order by the binomial weights of the last window values (López de Prado 2018, section 5.5), in units of x.',
  inputs: ['x'],
  params: [{ name: 'order', integer: false, min: 0, max: 2, default: 0.4 }, windowOf(50)],
  span: ([, window]) => window!,
  state: ([order, window]) => ({ weights: binomialWeights(order!, window!), run: 0 }),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    const { weights } = state
    const window = weights.length
    for (let i = from; i < to; i++) {
      const newest = x[i]!
      state.run = newest - newest === 0 ? Math.min(state.run + 1, window) : 0
      let value = NaN
      if (state.run === window) {
        value = 0
        for (let k = window - 1; k >= 0; k--) value += weights[k]! * x[i - k]!
      }
      out![i] = finite(value)
    }
  },
})

function binomialWeights(order: number, window: number): Float64Array {
  const weights = new Float64Array(window)
  weights[0] = 1
  for (let k = 1; k < window; k++) weights[k] = (-weights[k - 1]! * (order - k + 1)) / k
  return weights
}
