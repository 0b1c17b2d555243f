/**
 * Order statistics of the last rows. The window is kept sorted and is passed over once a row, without a branch: what leaves is left out, what enters is
 * put between. Windows beyond `longRows` are searched and moved instead.
 */
import { column, row } from './columns.as'

const longRows = 192

/** State: window, required, levels, valid, that many levels (−1: the rank of the newest value), then the window's values, ascending, +∞ after the last. */
export function order(state: usize, args: usize, from: i32, to: i32): void {
  const window = <i32>load<f64>(state), required = <i32>load<f64>(state, 8), count = <i32>load<f64>(state, 16)
  let valid = <i32>load<f64>(state, 24)
  const levels = state + 32
  const sorted = row(levels, count)
  const x = column(args, 0)
  for (let i = from; i < to; i++) {
    const entering = load<f64>(row(x, i))
    const leaving = i >= window ? load<f64>(row(x, i - window)) : NaN
    const comes = entering == entering, goes = leaving == leaving
    const into = comes ? entering : Infinity
    // A window without a missing value is full; any other has a +∞ to give.
    const out = goes ? leaving : Infinity
    if (window <= longRows) exchange(sorted, window, out, into)
    else search(sorted, window, out, into)
    valid += i32(comes) - i32(goes)
    const enough = valid >= required
    for (let k = 0; k < count; k++) {
      const level = load<f64>(row(levels, k))
      let value = NaN
      if (enough) value = level >= 0 ? interpolated(sorted, valid, level) : comes ? rank(sorted, valid, entering) : NaN
      store<f64>(row(column(args, 1 + k), i), value)
    }
  }
  store<f64>(state, <f64>valid, 24)
}

/** Takes `out` from `window` ascending values and puts `into` among them. Two more after the last are +∞. */
function exchange(sorted: usize, window: i32, out: f64, into: f64): void {
  const leaving = f64x2.splat(out), entering = f64x2.splat(into)
  let before = f64x2.splat(-Infinity)
  const end = row(sorted, window)
  for (let at = sorted; at < end; at += 16) {
    const here = v128.load(at), next = v128.load(at, 8)
    // Values without the one that leaves, and each one's predecessor.
    const rest = v128.bitselect(here, next, f64x2.lt(here, leaving))
    const earlier = v128.shuffle<f64>(before, rest, 1, 2)
    before = rest
    v128.store(at, f64x2.pmax(earlier, f64x2.pmin(entering, rest)))
  }
}

/** The same by bisection. */
function search(sorted: usize, window: i32, out: f64, into: f64): void {
  const from = lowerPlace(sorted, window, out)
  const place = lowerPlace(sorted, window, into)
  if (place > from) {
    memory.copy(row(sorted, from), row(sorted, from + 1), <usize>(place - 1 - from) << 3)
    store<f64>(row(sorted, place - 1), into)
    return
  }
  memory.copy(row(sorted, place + 1), row(sorted, place), <usize>(from - place) << 3)
  store<f64>(row(sorted, place), into)
}

/** First place whose value is not less. */
function lowerPlace(sorted: usize, count: i32, value: f64): i32 {
  let low = 0, high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (load<f64>(row(sorted, middle)) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Linear between the two nearest ranks (NumPy's default; Hyndman and Fan's type 7). */
// @ts-ignore: decorator
@inline
function interpolated(sorted: usize, count: i32, level: f64): f64 {
  const at = level * <f64>(count - 1)
  const below = <i32>at
  const value = load<f64>(row(sorted, below))
  const share = at - <f64>below
  return share == 0 ? value : value + share * (load<f64>(row(sorted, below + 1)) - value)
}

/** Equal values share the mean of their ranks; as a fraction in (0, 1]. */
function rank(sorted: usize, count: i32, value: f64): f64 {
  const first = lowerPlace(sorted, count, value)
  let last = first
  while (last + 1 < count && load<f64>(row(sorted, last + 1)) == value) last++
  return <f64>(first + last + 2) / 2 / <f64>count
}
