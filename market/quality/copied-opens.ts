/**
 * Stretches in which the open is a copy of the previous close. Some vendors fill an open they never had that way; overnight
 * and opening-gap features then see nothing. Only bars after a break in trading are judged: inside a session, and in a market
 * that never closes, an open equal to the close before is ordinary.
 *
 * A stretch is found as a segment of greatest score, +1 for a copy and −3 for none, ended when the score has fallen `drop`
 * below its best: so at least three of four opens in it are copies, and an odd real open does not cut it in two.
 */
import type { Bars } from '../bars.ts'
import { utcDate } from '../dates.ts'
import type { FindingLog } from './findings.ts'

const penalty = 3
const drop = 30
/** A few equal prices in a row happen to cheap, coarsely quoted stocks. */
const leastCopies = 20

export function findCopiedOpens(bars: Bars, line: Int32Array, log: FindingLog): void {
  const { open, close, openTime } = bars.columns
  let score = 0
  let best = 0
  let start = -1
  let end = -1
  let judged = 0
  let copies = 0
  let bestJudged = 0
  let bestCopies = 0
  const finish = (): void => {
    if (bestCopies >= leastCopies) {
      const [from, to, n, m] = [start, end, bestCopies, bestJudged]
      log.add(
        'open-equals-previous-close',
        'kept',
        { row: line[from]!, time: openTime[from]! },
        () => `on ${n} of ${m} bars from ${utcDate(openTime[from]!)} to ${utcDate(openTime[to]!)}`,
        n,
      )
    }
    score = best = judged = copies = bestJudged = bestCopies = 0
    start = end = -1
  }
  for (let row = 1; row < bars.length; row++) {
    if (openTime[row]! <= bars.time[row - 1]!) continue
    const copied = open[row] === close[row - 1]
    if (start < 0 && !copied) continue
    if (start < 0) start = row
    score += copied ? 1 : -penalty
    judged++
    if (copied) copies++
    if (score >= best) {
      best = score
      end = row
      bestJudged = judged
      bestCopies = copies
    } else if (score < 0 || score < best - drop) finish()
  }
  finish()
}
