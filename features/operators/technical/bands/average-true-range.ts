/** Wilder (1978): the mean of the first `window` true ranges, then average ← average + (range − average) / window. */
import type { SeriesOperator } from '../../../operator.ts'
import type { Three } from '../stages/inputs.ts'
import { trueRange } from '../stages/bar.ts'
import { finite } from '../stages/finite.ts'
import { recursiveIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'
import { zero } from '../stages/zero.ts'

interface AverageRangeState {
  readonly window: number
  seen: number
  average: number
}

export const averageTrueRange = averageRange(
  'ATR',
  'Average true range in price units: Wilder mean of max(high, previous close) − min(low, previous close); TA-Lib ATR.',
  'price',
)

export const normalisedTrueRange = averageRange(
  'NATR',
  'Average true range in percent of the close; NaN where that is 0; TA-Lib NATR.',
  'percent',
)

function averageRange(
  name: string,
  doc: string,
  unit: 'price' | 'percent',
): SeriesOperator<AverageRangeState> {
  return recursiveIndicator<AverageRangeState>({
    name,
    doc,
    inputs: ['high', 'low', 'close'],
    params: [windowOf(14)],
    reads: 1,
    before: ([window]) => window!,
    settles: ([window]) => settlingRows(1 / window!, 1),
    state: ([window]) => ({ window: window!, seen: 0, average: zero }),
    advance(state, inputs, from, to, [out]) {
      const [high, low, close] = inputs as Three
      averageRows(state, high, low, close, from, to, out!)
      if (unit === 'price') return
      for (let i = from; i < to; i++) out![i] = finite((100 * out![i]!) / close[i]!)
    },
  })
}

/** The average of rows [from, to). */
function averageRows(
  state: AverageRangeState,
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
): void {
  const { window } = state
  const weight = 1 / window
  const keep = 1 - weight
  let { seen, average } = state
  let previous = from >= 1 ? close[from - 1]! : NaN
  for (let i = from; i < to; i++) {
    const last = close[i]!
    const range = trueRange(high[i]!, low[i]!, previous)
    previous = last
    const whole = range + last
    if (whole - whole !== 0) {
      out[i] = NaN
      continue
    }
    if (seen >= window) {
      average = keep * average + weight * range
      out[i] = finite(average)
      continue
    }
    seen++
    average += weight * range
    out[i] = seen < window ? NaN : finite(average)
  }
  state.seen = seen
  state.average = average
}
