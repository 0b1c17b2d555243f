/**
 * Sums and means of the last rows on block windows (features/operators/rolling/block-window.ts): a window is the end of one block, whose sums from each
 * row on are kept, and the beginning of the next. Nothing is subtracted.
 */
import { column, finite, orZero, row } from './columns.as'

/** The value so many rows ago. State: rows. */
export function lag(state: usize, args: usize, from: i32, to: i32): void {
  const rows = <i32>load<f64>(state)
  const x = column(args, 0), out = column(args, 1)
  let i = from
  for (; i < min(rows, to); i++) store<f64>(row(out, i), NaN)
  if (i < to) memory.copy(row(out, i), row(x, i - rows), <usize>(to - i) << 3)
}

/** Sum, or mean, of the last rows. State: window, required, average (1 or 0), phase, valid, prefix, suffix[window + 1]. */
export function rollingSum(state: usize, args: usize, from: i32, to: i32): void {
  const window = <i32>load<f64>(state), required = <i32>load<f64>(state, 8), average = load<f64>(state, 16) == 1
  const x = column(args, 0), out = column(args, 1)
  const suffix = state + 48
  let phase = <i32>load<f64>(state, 24), valid = <i32>load<f64>(state, 32), prefix = load<f64>(state, 40)
  let i = from
  while (i < to) {
    const end = min(to, i + window - phase)
    if (!(valid == window && sumWhole(x, out, suffix, window, average, i, end, phase, prefix))) {
      let sum = prefix
      let at = suffix + (<usize>phase << 3)
      for (let k = i; k < end; k++) {
        const entering = load<f64>(row(x, k))
        sum += orZero(entering)
        valid += i32(entering == entering)
        if (k >= window) {
          const leaving = load<f64>(row(x, k - window))
          valid -= i32(leaving == leaving)
        }
        at += 8
        const value = sum + load<f64>(at)
        store<f64>(row(out, k), valid >= required ? finite(average ? value / <f64>valid : value) : NaN)
      }
      prefix = sum
    } else prefix = newest
    phase += end - i
    i = end
    if (phase < window) break
    let total = 0.0
    for (let j = window - 1; j >= 0; j--) {
      total += orZero(load<f64>(row(x, i - window + j)))
      store<f64>(row(suffix, j), total)
    }
    phase = 0
    prefix = 0
  }
  store<f64>(state, <f64>phase, 24)
  store<f64>(state, <f64>valid, 32)
  store<f64>(state, prefix, 40)
}

/** The prefix that `sumWhole` ended with. */
let newest: f64 = 0

/** Rows [from, end) of one block where no value of the window before them is missing; false where one of theirs is, and nothing is done. */
function sumWhole(
  x: usize, out: usize, suffix: usize, window: i32, average: bool, from: i32, end: i32, phase: i32, prefix: f64,
): bool {
  let sum = prefix
  let at = row(suffix, phase)
  if (average) {
    const count = <f64>window
    for (let k = from; k < end; k++) {
      sum += load<f64>(row(x, k))
      at += 8
      store<f64>(row(out, k), finite((sum + load<f64>(at)) / count))
    }
  } else {
    for (let k = from; k < end; k++) {
      sum += load<f64>(row(x, k))
      at += 8
      store<f64>(row(out, k), finite(sum + load<f64>(at)))
    }
  }
  newest = sum
  return sum - sum == 0
}
