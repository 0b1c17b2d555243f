/**
 * What can be said about clean bars only when they are seen together: gaps by the calendar, stale prices, split-like jumps,
 * opens that are copies of the close before. Nothing here changes a row.
 */
import type { Bars } from '../bars.ts'
import { calendarOf, type Instrument } from '../instrument.ts'
import { findCopiedOpens } from './copied-opens.ts'
import type { FindingLog } from './findings.ts'
import { findGaps } from './gaps.ts'
import { findJumps } from './jumps.ts'

export interface InspectOptions {
  /** Bars with the same close in a row from which a price counts as stale. */
  readonly staleBars?: number | undefined
  /** Simple return beyond which a bar is extreme in any series. */
  readonly extremeReturn?: number | undefined
}

/** @param line Where each bar stands in the source. */
export function inspectBars(
  bars: Bars,
  line: Int32Array,
  instrument: Instrument,
  log: FindingLog,
  { staleBars = 5, extremeReturn = 0.5 }: InspectOptions,
): void {
  findGaps(bars, line, calendarOf(instrument), log)
  findStale(bars, line, staleBars, log)
  findJumps(bars, line, extremeReturn, log)
  findCopiedOpens(bars, line, log)
  findVolume(bars, line, log)
}

function findStale(bars: Bars, line: Int32Array, staleBars: number, log: FindingLog): void {
  const { close, openTime } = bars.columns
  for (let start = 0; start < bars.length;) {
    let end = start + 1
    while (end < bars.length && close[end] === close[start]) end++
    const length = end - start
    if (length >= staleBars) {
      const first = start
      log.add(
        'stale-price',
        'kept',
        { row: line[first]!, time: openTime[first]! },
        () => `close ${close[first]!} for ${length} bars`,
        length,
      )
    }
    start = end
  }
}

function findVolume(bars: Bars, line: Int32Array, log: FindingLog): void {
  const { volume, openTime } = bars.columns
  for (let row = 0; row < bars.length; row++) {
    const value = volume[row]!
    if (value > 0) continue
    const where = { row: line[row]!, time: openTime[row]! }
    if (value === 0) log.add('zero-volume', 'kept', where, () => 'volume 0')
    else log.add('missing-volume', 'kept', where, () => 'no volume')
  }
}
