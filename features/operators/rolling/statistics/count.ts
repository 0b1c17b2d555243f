import { windowParameter, type SeriesOperator } from '../../../operator.ts'

interface CountState {
  readonly window: number
  readonly required: number
  /** Rows seen, at most window, and valid ones among them. */
  rows: number
  valid: number
}

export const count: SeriesOperator<CountState> = {
  name: 'Count',
  scope: 'series',
  memory: 'window',
  missing: 'skip',
  params: [windowParameter],
  arity: 1,
  doc: 'How many of the last window rows have a value. It waits for window rows, not for window values.',
  minPeriods: () => 1,
  warmup: ([window]) => window! - 1,
  lookback: ([window]) => window!,
  state: ([window], { emitPartial }) => ({
    window: window!,
    required: emitPartial ? 1 : window!,
    rows: 0,
    valid: 0,
  }),
  advance(state, [x], from, to, [out]) {
    const { window, required } = state
    let { rows, valid } = state
    for (let i = from; i < to; i++) {
      if (rows < window) rows++
      if (x![i] === x![i]) valid++
      if (i >= window && x![i - window] === x![i - window]) valid--
      out![i] = rows >= required ? valid : NaN
    }
    state.rows = rows
    state.valid = valid
  },
}
