/** Wilder (1978): the mean of the first `window` true ranges, then average ← average + (range − average) / window. */
import type { SeriesOperator } from '../../../operator.ts'
import { recursiveKernel } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'

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
): SeriesOperator<Float64Array> {
  return recursiveKernel({
    name,
    doc,
    inputs: ['high', 'low', 'close'],
    params: [windowOf(14)],
    reads: 1,
    before: ([window]) => window!,
    settles: ([window]) => settlingRows(1 / window!, 1),
    kernel: 'averageRange',
    state: ([window]) => [window!, 1 / window!, Number(unit === 'percent'), 0, 0],
  })
}
