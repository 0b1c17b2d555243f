/** Product of the last `window` values, O(1) a row and without a division, on blocks as `sliding-sum.ts` sums. */
import { finite } from '../../elementwise/elementwise.ts'
import { windowIndicator } from '../../technical/stages/indicator.ts'
import type { One } from '../../technical/stages/inputs.ts'
import { windowOf } from '../../technical/stages/parameters.ts'

interface ProductState {
  readonly window: number
  /** This block's values before `at`, from it on the products of the last block's values from each to its end. */
  readonly buffer: Float64Array
  at: number
  head: number
  /** Values in a row, at most window. */
  run: number
}

export const product = windowIndicator<ProductState>({
  name: 'Product',
  doc: 'Product of the last window values: of 1 + returns it is the growth over them.',
  inputs: ['x'],
  params: [windowOf(20)],
  span: ([window]) => window!,
  state: ([window]) => ({
    window: window!,
    buffer: new Float64Array(window! + 1).fill(1),
    at: 0,
    head: 1,
    run: 0,
  }),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    const { window, buffer } = state
    let { at, head, run } = state
    for (let i = from; i < to; i++) {
      const value = x[i]!
      out![i] = NaN
      if (value - value !== 0) {
        at = 0
        head = 1
        run = 0
        continue
      }
      buffer[at++] = value
      head *= value
      if (run < window) run++
      // Until a block after a gap is complete, what stands behind `at` is of before the gap.
      if (run === window) out![i] = finite(at === window ? head : head * buffer[at]!)
      if (at < window) continue
      for (let k = window - 2; k >= 0; k--) buffer[k]! *= buffer[k + 1]!
      at = 0
      head = 1
    }
    state.at = at
    state.head = head
    state.run = run
  },
})
