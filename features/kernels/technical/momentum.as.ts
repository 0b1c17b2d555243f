/** Where the price stands among the last ones: stochastic and commodity channel index. */
import { column, finite, finites, row } from '../columns.as'
import { known, lower, lowers, typicalOf, upper, uppers } from './shared.as'

/** Rows that are taken through all stages at once. */
const blockRows: i32 = 512

/** Where a block stands between stages; holds nothing between calls. */
const scratch: usize = memory.data(12288, 16)
const fastLine: usize = scratch
const slowLine: usize = scratch + 4096

/**
 * State: windows of fast %K, slow %K and %D; rows of the block of ranges, rows since the last incomplete one, the block's (highest, −lowest),
 * fastK + 1 such pairs of the last block from each row to its end; then for slow %K and %D each what slideSums keeps.
 */
export function stochastic(state: usize, args: usize, from: i32, to: i32): void {
  const fastWindow = <i32>load<f64>(state)
  const slowWindow = <i32>load<f64>(state, 8)
  const signalWindow = <i32>load<f64>(state, 16)
  const slow = state + 56 + (<usize>(fastWindow + 1) << 4)
  const signal = slow + (<usize>(slowWindow + 3) << 3)
  const slowWeight: f64 = 1 / <f64>slowWindow
  const signalWeight: f64 = 1 / <f64>signalWindow
  const kOut = column(args, 3)
  const dOut = column(args, 4)
  for (let start = from; start < to; start += blockRows) {
    const count = min(blockRows, to - start)
    const k = row(kOut, start)
    const d = row(dOut, start)
    rangeShares(state, fastWindow, column(args, 0), column(args, 1), column(args, 2), start, start + count)
    slideSums(slow, slowWindow, fastLine, slowLine, count, slowWeight)
    slideSums(signal, signalWindow, slowLine, d, count, signalWeight)
    // Both lines have their first value with the slower one.
    const bytes = <usize>count << 3
    let j: usize = 0
    for (; j + 16 <= bytes; j += 16) {
      const line = v128.load(d + j)
      v128.store(k + j, f64x2.add(v128.load(slowLine + j), f64x2.sub(line, line)))
    }
    if (j < bytes) {
      const line = load<f64>(d + j)
      store<f64>(k + j, load<f64>(slowLine + j) + (line - line))
    }
  }
}

/** Fast %K of rows [from, to) to fastLine, NaN where it has no window or no range. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function rangeShares(state: usize, window: i32, high: usize, low: usize, close: usize, from: i32, to: i32): void {
  let taken = <i32>load<f64>(state, 24)
  let run = <i32>load<f64>(state, 32)
  let head = v128.load(state, 40)
  const tails = state + 56
  const hundred = f64x2.splat(100)
  /** Turns the sign of the low. */
  const turn = i64x2(0, 0x8000000000000000)
  const least = f64x2.splat(-Infinity)
  let out = fastLine
  let unknown = i64x2.splat(0)
  let i = from
  while (i < to) {
    const end = min(to, i + window - taken)
    let tail = tails + (<usize>taken << 4)
    taken += end - i
    for (; i + 2 <= end; i += 2) {
      const tops = v128.load(row(high, i))
      const bottoms = v128.load(row(low, i))
      const spread = f64x2.sub(tops, bottoms)
      unknown = v128.or(unknown, f64x2.sub(spread, spread))
      const sunk = f64x2.neg(bottoms)
      // A missing value is not taken: pmax answers its first argument then.
      const first = f64x2.pmax(head, lowers(tops, sunk))
      head = f64x2.pmax(first, uppers(tops, sunk))
      const one = f64x2.pmax(first, v128.load(tail, 16))
      const two = f64x2.pmax(head, v128.load(tail, 32))
      tail += 32
      const below = uppers(one, two)
      const share = f64x2.div(f64x2.add(v128.load(row(close, i)), below), f64x2.add(lowers(one, two), below))
      v128.store(out, finites(f64x2.mul(hundred, share)))
      out += 16
    }
    if (i < end) {
      const spread = load<f64>(row(high, i)) - load<f64>(row(low, i))
      unknown = v128.or(unknown, f64x2.splat(spread - spread))
      head = f64x2.pmax(head, endsOf(row(high, i), row(low, i), turn))
      const both = f64x2.pmax(head, v128.load(tail, 16))
      store<f64>(out, finite(100 * ((load<f64>(row(close, i)) + upper(both)) / (lower(both) + upper(both)))))
      out += 8
      i++
    }
    if (taken == window) {
      let extremes = least
      let last = i - 1
      for (let k = tails + (<usize>(window - 1) << 4); k >= tails; k -= 16) {
        extremes = f64x2.pmax(extremes, endsOf(row(high, last), row(low, last), turn))
        v128.store(k, extremes)
        last--
      }
      head = least
      taken = 0
    }
  }
  store<f64>(state, <f64>taken, 24)
  v128.store(state, head, 40)
  out = fastLine
  if (v128.any_true(unknown)) {
    for (i = from; i < to; i++) {
      run = known(load<f64>(row(high, i)) - load<f64>(row(low, i))) ? min(run + 1, window) : 0
      if (run < window) store<f64>(row(out, i - from), NaN)
    }
  } else {
    // Without a gap only a beginning is short of rows.
    const missing = min(to - from, window - 1 - run)
    for (i = 0; i < missing; i++) store<f64>(row(out, i), NaN)
    run = min(run + to - from, window)
  }
  store<f64>(state, <f64>run, 32)
}

/** (high, −low) */
// @ts-ignore: a decorator of AssemblyScript
@inline
function endsOf(high: usize, low: usize, turn: v128): v128 {
  return v128.xor(v128.load64_lane(low, v128.load64_zero(high), 1), turn)
}

/**
 * Writes for each of `count` values the sum of the last `window`, times `weight`. A missing value makes those that it is part of NaN, and so are those
 * before there are enough. State: of a window of 3 the last two values; else the number of values in the block, their sum, the values, and beyond them
 * the sums of the last block from each value to its end; window + 3 numbers.
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
function slideSums(state: usize, window: i32, values: usize, out: usize, count: i32, weight: f64): void {
  if (window == 3) {
    addThrees(state, values, out, count, weight)
    return
  }
  let taken = <i32>load<f64>(state)
  let head = load<f64>(state, 8)
  const tails = state + 16
  const bytes = <usize>count << 3
  for (let j: usize = 0; j < bytes; j += 8) {
    const tail = row(tails, taken)
    const entering = load<f64>(values + j)
    store<f64>(tail, entering)
    head += entering
    store<f64>(out + j, weight * (head + load<f64>(tail, 8)))
    taken++
    if (taken < window) continue
    let total: f64 = 0
    for (let k = row(tails, window - 1); k >= tails; k -= 8) {
      total += load<f64>(k)
      store<f64>(k, total)
    }
    head = 0
    taken = 0
  }
  store<f64>(state, <f64>taken)
  store<f64>(state, head, 8)
}

/** The same for three, which every stochastic smooths over: added up anew. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function addThrees(state: usize, values: usize, out: usize, count: i32, weight: f64): void {
  const weights = f64x2.splat(weight)
  let before = v128.load(state)
  const bytes = <usize>count << 3
  let j: usize = 0
  for (; j + 16 <= bytes; j += 16) {
    const now = v128.load(values + j)
    const last = v128.shuffle<f64>(before, now, 1, 2)
    v128.store(out + j, f64x2.mul(weights, f64x2.add(f64x2.add(before, last), now)))
    before = now
  }
  if (j < bytes) {
    const now = load<f64>(values + j)
    store<f64>(out + j, weight * (lower(before) + upper(before) + now))
    before = v128.shuffle<f64>(before, f64x2.splat(now), 1, 2)
  }
  v128.store(state, before)
}

/** Typical prices of a window and of the rows after its first; as many numbers as `priceRows`, and their sums. */
const priceRows: i32 = 1024
const prices: usize = scratch
const sums: usize = scratch + 8192
const magnitudes: usize = memory.data<u64>([0x7fffffffffffffff, 0x7fffffffffffffff], 16)

/** State: window, rows of the block, the block's sum, window + 1 sums of the last block's prices from each to its end (0 at `window`). */
export function commodityChannel(state: usize, args: usize, from: i32, to: i32): void {
  const window = <i32>load<f64>(state)
  let taken = <i32>load<f64>(state, 8)
  let head = load<f64>(state, 16)
  const tails = state + 24
  const high = column(args, 0)
  const low = column(args, 1)
  const close = column(args, 2)
  const out = column(args, 3)
  const inverse: f64 = 1 / <f64>window
  const before = window - 1
  const room = min(blockRows, priceRows - before)
  // A window that has no room is read from the columns, a row at a time.
  const long = room < 64
  const pieceRows = long ? 1 : room
  const first = row(prices, long ? 0 : before)
  for (let start = from; start < to; start += pieceRows) {
    const count = min(pieceRows, to - start)
    takePrices(first, high, low, close, start, count)
    if (!long) takeEarlier(high, low, close, start, before)
    let price = first
    let sum = sums
    let left = count
    while (left > 0) {
      const rows = min(left, window - taken)
      let tail = row(tails, taken)
      const end = row(price, rows)
      for (; price < end; price += 8) {
        head += load<f64>(price)
        tail += 8
        store<f64>(sum, head + load<f64>(tail))
        sum += 8
      }
      left -= rows
      taken += rows
      if (taken == window) {
        let total: f64 = 0
        let newest = start + count - left - 1
        for (let k = window - 1; k >= 0; k--) {
          total += long ? typicalAt(high, low, close, newest) : load<f64>(price - 8 - (<usize>(before - k) << 3))
          store<f64>(row(tails, k), total)
          newest--
        }
        head = 0
        taken = 0
      }
    }
    if (long) deviateLong(high, low, close, start, window, inverse, out)
    else deviate(window, inverse, row(out, start), count)
  }
  store<f64>(state, <f64>taken, 8)
  store<f64>(state, head, 16)
}

/** Typical prices of `count` rows from `start` on, NaN where one is incomplete. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function takePrices(into: usize, high: usize, low: usize, close: usize, start: i32, count: i32): void {
  let j = 0
  for (; j + 2 <= count; j += 2) {
    const i = start + j
    v128.store(row(into, j), finites(typicalOf(v128.load(row(high, i)), v128.load(row(low, i)), v128.load(row(close, i)))))
  }
  if (j < count) store<f64>(row(into, j), typicalAt(high, low, close, start + j))
}

/** Those of the rows before, as far as there are any. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function takeEarlier(high: usize, low: usize, close: usize, start: i32, before: i32): void {
  const known = min(start, before)
  for (let k = 0; k < before - known; k++) store<f64>(row(prices, k), NaN)
  takePrices(row(prices, before - known), high, low, close, start - known, known)
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function typicalAt(high: usize, low: usize, close: usize, i: i32): f64 {
  return lower(finites(typicalOf(v128.load64_zero(row(high, i)), v128.load64_zero(row(low, i)), v128.load64_zero(row(close, i)))))
}

/** The index of row i, of a window that is longer than the prices kept. */
function deviateLong(high: usize, low: usize, close: usize, i: i32, window: i32, inverse: f64, out: usize): void {
  const mean = load<f64>(sums) * inverse
  let moved: f64 = 0
  if (mean == mean) {
    for (let k = i + 1 - window; k <= i; k++) moved += Math.abs(typicalAt(high, low, close, k) - mean)
  }
  const price = f64x2.splat(typicalAt(high, low, close, i))
  store<f64>(row(out, i), lower(channel(price, f64x2.splat(mean), f64x2.splat(moved), window, inverse)))
}

/**
 * The index of `count` rows, of which the first one's window begins at `prices`. Σ |price − mean| costs a pass over the window, as the mean moves with
 * it; eight rows go together, two to a vector. Each row adds from the oldest to the newest.
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
function deviate(window: i32, inverse: f64, out: usize, count: i32): void {
  const inverses = f64x2.splat(inverse)
  const magnitude = v128.load(magnitudes)
  const span = <usize>window << 3
  const bytes = <usize>count << 3
  let j: usize = 0
  for (; j + 64 <= bytes; j += 64) {
    const p = f64x2.mul(v128.load(sums + j), inverses)
    const q = f64x2.mul(v128.load(sums + j, 16), inverses)
    const r = f64x2.mul(v128.load(sums + j, 32), inverses)
    const s = f64x2.mul(v128.load(sums + j, 48), inverses)
    let a = f64x2.splat(0)
    let b = f64x2.splat(0)
    let c = f64x2.splat(0)
    let d = f64x2.splat(0)
    const end = prices + j + span
    for (let value = prices + j; value < end; value += 8) {
      a = f64x2.add(a, v128.and(f64x2.sub(v128.load(value), p), magnitude))
      b = f64x2.add(b, v128.and(f64x2.sub(v128.load(value, 16), q), magnitude))
      c = f64x2.add(c, v128.and(f64x2.sub(v128.load(value, 32), r), magnitude))
      d = f64x2.add(d, v128.and(f64x2.sub(v128.load(value, 48), s), magnitude))
    }
    v128.store(out + j, channel(v128.load(end - 8), p, a, window, inverse))
    v128.store(out + j, channel(v128.load(end, 8), q, b, window, inverse), 16)
    v128.store(out + j, channel(v128.load(end, 24), r, c, window, inverse), 32)
    v128.store(out + j, channel(v128.load(end, 40), s, d, window, inverse), 48)
  }
  for (; j < bytes; j += 8) {
    const mean = load<f64>(sums + j) * inverse
    let moved: f64 = 0
    const end = prices + j + span
    for (let value = prices + j; value < end; value += 8) moved += Math.abs(load<f64>(value) - mean)
    const price = f64x2.splat(load<f64>(end - 8))
    store<f64>(out + j, lower(channel(price, f64x2.splat(mean), f64x2.splat(moved), window, inverse)))
  }
}

/** Equal prices may differ from their mean by rounding, which would read as a deviation; `rounding` means are the most it can be. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function channel(price: v128, mean: v128, moved: v128, window: i32, inverse: f64): v128 {
  const rounding = f64x2.splat((<f64>window * <f64>window) / 9007199254740992)
  const scale = f64x2.splat(0.015 * inverse)
  const value = finites(f64x2.div(f64x2.sub(price, mean), f64x2.mul(scale, moved)))
  return v128.bitselect(value, f64x2.splat(NaN), f64x2.gt(moved, f64x2.mul(rounding, f64x2.abs(mean))))
}
