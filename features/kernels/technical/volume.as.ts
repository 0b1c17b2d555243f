/** Volume: where it went. */
import { column, finites, row } from '../columns.as'
import { known, lower, lowers, pairOf, typicalOf, upper, uppers } from './shared.as'

/** State: 1 once a row is in, total, what the additions to it rounded away (Knuth's two-sum). */
export function onBalanceVolume(state: usize, args: usize, from: i32, to: i32): void {
  let seen = load<f64>(state)
  let total = load<f64>(state, 8)
  let carry = load<f64>(state, 16)
  const close = column(args, 0)
  const volume = column(args, 1)
  const out = column(args, 2)
  const zero = f64x2.splat(0)
  let i = from
  while (i < to) {
    if (seen == 1 && i >= 1) {
      for (; i + 2 <= to; i += 2) {
        const change = f64x2.sub(v128.load(row(close, i)), v128.load(row(close, i) - 8))
        const amount = v128.load(row(volume, i))
        const whole = f64x2.add(change, amount)
        const rise = v128.and(amount, f64x2.gt(change, zero))
        const fall = v128.and(amount, f64x2.lt(change, zero))
        const signed = f64x2.add(f64x2.sub(rise, fall), f64x2.sub(whole, whole))
        const first = total + lower(signed)
        const second = first + upper(signed)
        if (!known(second)) break
        const totals = pairOf(total, first)
        const sums = pairOf(first, second)
        const taken = f64x2.sub(sums, totals)
        const lost = f64x2.add(f64x2.sub(totals, f64x2.sub(sums, taken)), f64x2.sub(signed, taken))
        const one = carry + lower(lost)
        carry = one + upper(lost)
        total = second
        v128.store(row(out, i), finites(f64x2.add(sums, pairOf(one, carry))))
      }
    }
    const slowEnd = min(i + 2, to)
    for (; i < slowEnd; i++) {
      const last = load<f64>(row(close, i))
      const amount = load<f64>(row(volume, i))
      const change = seen == 0 ? last - last + 1 : i >= 1 ? last - load<f64>(row(close, i) - 8) : NaN
      const whole = change + amount
      let value = NaN
      if (known(whole)) {
        seen = 1
        const signed = change > 0 ? amount : change < 0 ? -amount : 0
        const sum = total + signed
        const taken = sum - total
        carry += total - (sum - taken) + (signed - taken)
        total = sum
        value = total + carry
        value += value - value
      }
      store<f64>(row(out, i), value)
    }
  }
  store<f64>(state, seen)
  store<f64>(state, total, 8)
  store<f64>(state, carry, 16)
}

/**
 * State: window, rows of the block, the last typical price (NaN where its row was incomplete), the block's money (risen, fallen), and window + 1 pairs
 * of it: those of the block's rows, and beyond them sums of the last block from each row to its end. The pair at `window` is 0.
 */
export function moneyFlow(state: usize, args: usize, from: i32, to: i32): void {
  const window = <i32>load<f64>(state)
  let taken = <i32>load<f64>(state, 8)
  /** The last price is the upper one. */
  let before = v128.load64_splat(state, 16)
  let head = v128.load(state, 24)
  const tails = state + 40
  const high = column(args, 0)
  const low = column(args, 1)
  const close = column(args, 2)
  const volume = column(args, 3)
  const out = column(args, 4)
  const zero = f64x2.splat(0)
  const hundred = f64x2.splat(100)
  let i = from
  while (i < to) {
    const end = min(to, i + window - taken)
    let tail = tails + (<usize>taken << 4)
    taken += end - i
    for (; i + 2 <= end; i += 2) {
      const price = typicalOf(v128.load(row(high, i)), v128.load(row(low, i)), v128.load(row(close, i)))
      const flow = f64x2.mul(price, v128.load(row(volume, i)))
      const whole = f64x2.add(price, f64x2.sub(flow, flow))
      const change = f64x2.sub(whole, v128.shuffle<f64>(before, whole, 1, 2))
      before = whole
      const missing = f64x2.sub(change, change)
      const risen = f64x2.add(v128.and(flow, f64x2.gt(change, zero)), missing)
      const fallen = f64x2.add(v128.and(flow, f64x2.lt(change, zero)), missing)
      const one = lowers(risen, fallen)
      const two = uppers(risen, fallen)
      v128.store(tail, one)
      const first = f64x2.add(head, one)
      head = f64x2.add(first, two)
      const sumOne = f64x2.add(first, v128.load(tail, 16))
      v128.store(tail, two, 16)
      const sumTwo = f64x2.add(head, v128.load(tail, 32))
      tail += 32
      const up = lowers(sumOne, sumTwo)
      v128.store(row(out, i), finites(f64x2.mul(hundred, f64x2.div(up, f64x2.add(up, uppers(sumOne, sumTwo))))))
    }
    if (i < end) {
      const price = typicalOf(v128.load64_zero(row(high, i)), v128.load64_zero(row(low, i)), v128.load64_zero(row(close, i)))
      const flow = f64x2.mul(price, v128.load64_zero(row(volume, i)))
      const whole = f64x2.add(price, f64x2.sub(flow, flow))
      const change = f64x2.sub(whole, v128.shuffle<f64>(before, whole, 1, 2))
      before = f64x2.splat(lower(whole))
      const missing = f64x2.sub(change, change)
      const risen = f64x2.add(v128.and(flow, f64x2.gt(change, zero)), missing)
      const fallen = f64x2.add(v128.and(flow, f64x2.lt(change, zero)), missing)
      const one = lowers(risen, fallen)
      v128.store(tail, one)
      head = f64x2.add(head, one)
      const sum = f64x2.add(head, v128.load(tail, 16))
      const value = 100 * (lower(sum) / (lower(sum) + upper(sum)))
      store<f64>(row(out, i), value + (value - value))
      i++
    }
    if (taken == window) {
      let total = zero
      for (let k = tails + (<usize>(window - 1) << 4); k >= tails; k -= 16) {
        total = f64x2.add(total, v128.load(k))
        v128.store(k, total)
      }
      head = zero
      taken = 0
    }
  }
  store<f64>(state, <f64>taken, 8)
  store<f64>(state, upper(before), 16)
  v128.store(state, head, 24)
}
