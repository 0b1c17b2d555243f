/**
 * Sums of bar values over spans, in constant time a span whatever its length: differences of running sums. The running sums carry their rounding errors along
 * (Knuth's TwoSum), so that a short span late on a long axis is as exact as an early one.
 */
import type { LabelSpans } from './label-spans.ts'

export function spanSums(values: Float64Array, { length, first, last }: LabelSpans): Float64Array {
  const high = new Float64Array(values.length + 1)
  const low = new Float64Array(values.length + 1)
  for (let bar = 0; bar < values.length; bar++) {
    const [sum, value] = [high[bar]!, values[bar]!]
    const total = sum + value
    const back = total - sum
    high[bar + 1] = total
    low[bar + 1] = low[bar]! + (sum - (total - back) + (value - back))
  }
  const sums = new Float64Array(length)
  for (let label = 0; label < length; label++) {
    const [from, to] = [first[label]!, last[label]! + 1]
    sums[label] = high[to]! - high[from]! + (low[to]! - low[from]!)
  }
  return sums
}
