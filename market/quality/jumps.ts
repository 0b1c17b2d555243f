/**
 * Jumps between bars: those whose size is a usual split ratio while the volume moves the other way, and those far outside the
 * rest of the series (bad ticks, wrong scales). The scale of a series is 1.4826 times the median absolute log return, which
 * estimates the standard deviation without being moved by the very jumps it is to judge.
 */
import type { Bars } from '../bars.ts'
import type { FindingLog } from './findings.ts'

const splitRatios = [3 / 2, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50, 100]
/** A split's opening differs from its ratio by the overnight move. */
const ratioTolerance = 0.04
/** A 3-for-2 split must stand out of what the series does anyway. */
const splitDeviations = 6
const extremeDeviations = 20
const leastExtreme = 0.1
/** Volume before a jump is the median of this many bars. */
const volumeBars = 10

export function findJumps(
  bars: Bars,
  line: Int32Array,
  extremeReturn: number,
  log: FindingLog,
): void {
  const { open, close, openTime } = bars.columns
  const deviation = robustDeviation(close)
  for (let row = 1; row < bars.length; row++) {
    const previous = close[row - 1]!
    const overnight = open[row]! / previous
    const whole = close[row]! / previous
    if (!(overnight > 0 && whole > 0)) continue
    const size = Math.max(Math.abs(Math.log(overnight)), Math.abs(Math.log(whole)))
    if (size < Math.log(1 + leastExtreme)) continue
    const where = { row: line[row]!, time: openTime[row]! }
    const ratio = splitRatio(overnight) ?? splitRatio(whole)
    if (ratio && size > splitDeviations * deviation && volumeOpposes(bars, row, ratio.up)) {
      const said = `close ${previous}, then open ${open[row]!}: ratio near ${ratio.name}`
      log.add('split-like-jump', 'kept', where, () => said)
      continue
    }
    const change = Math.abs(whole - 1)
    const far = Math.abs(Math.log(whole)) > extremeDeviations * deviation && change > leastExtreme
    if (change > extremeReturn || (far && deviation > 0)) {
      const percent = ((whole - 1) * 100).toFixed(1)
      log.add(
        'extreme-return',
        'kept',
        where,
        () => `${percent} % from ${previous} to ${close[row]!}`,
      )
    }
  }
}

function splitRatio(change: number): { name: string; up: boolean } | undefined {
  const up = change > 1
  const size = up ? change : 1 / change
  const ratio = splitRatios.find((one) => Math.abs(size / one - 1) <= ratioTolerance)
  if (ratio === undefined) return undefined
  const name = ratio === 3 / 2 ? (up ? '3/2' : '2/3') : up ? String(ratio) : `1/${ratio}`
  return { name, up }
}

/** After a split prices fall and volume rises, after a reverse split the other way; unknown volume opposes nothing. */
function volumeOpposes(bars: Bars, row: number, up: boolean): boolean {
  const { volume } = bars.columns
  const before = median(volume.slice(Math.max(0, row - volumeBars), row).filter((v) => v > 0))
  const now = volume[row]!
  if (!(before > 0) || !(now > 0)) return true
  return up ? now < before : now > before
}

function robustDeviation(close: Float64Array): number {
  const moves = new Float64Array(close.length)
  let count = 0
  for (let row = 1; row < close.length; row++) {
    const move = Math.abs(Math.log(close[row]! / close[row - 1]!))
    if (Number.isFinite(move)) moves[count++] = move
  }
  const middle = median(moves.subarray(0, count))
  return Number.isNaN(middle) ? 0 : 1.4826 * middle
}

function median(values: Float64Array): number {
  if (values.length === 0) return NaN
  const sorted = values.slice().sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
