import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { blockState, type BlockState } from './block-window.ts'

/** Counting is O(window) a row, and faster than a sorted window up to some hundred rows. */
export const rank: SeriesOperator<BlockState> = {
  name: 'Rank',
  scope: 'series',
  memory: 'window',
  missing: 'skip',
  params: [windowParameter],
  arity: 1,
  doc: 'Average rank of the newest value among the last window values, as a fraction in (0, 1]; NaN where it is missing.',
  minPeriods: () => 1,
  warmup: ([window]) => window! - 1,
  lookback: ([window]) => window!,
  state: blockState,
  advance(state, [input], from, to, [out]) {
    const x = input!
    const { window, required } = state
    let { valid } = state
    for (let i = from; i < to; i++) {
      const newest = x[i]!
      if (newest === newest) valid++
      if (i >= window && x[i - window] === x[i - window]) valid--
      if (newest !== newest || valid < required) {
        out![i] = NaN
        continue
      }
      let below = 0
      let upTo = 0
      for (let j = i + 1 > window ? i + 1 - window : 0; j <= i; j++) {
        below += x[j]! < newest ? 1 : 0
        upTo += x[j]! <= newest ? 1 : 0
      }
      out![i] = (below + upTo + 1) / 2 / valid
    }
    state.valid = valid
  },
}
