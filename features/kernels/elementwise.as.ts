/** Operators of one row, two rows at a time. They have no state. */
import { column, finite, finites, row } from './columns.as'

/** |x| */
export function absolute(state: usize, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), out = column(args, 1)
  let i = from
  for (; i + 2 <= to; i += 2) v128.store(row(out, i), f64x2.abs(v128.load(row(x, i))))
  if (i < to) store<f64>(row(out, i), abs(load<f64>(row(x, i))))
}

/** x + y */
export function add(state: usize, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), y = column(args, 1), out = column(args, 2)
  let i = from
  for (; i + 2 <= to; i += 2) {
    const a = v128.load(row(x, i)), b = v128.load(row(y, i))
    v128.store(row(out, i), finites(f64x2.add(a, b)))
  }
  if (i < to) {
    const a = load<f64>(row(x, i)), b = load<f64>(row(y, i))
    store<f64>(row(out, i), finite(a + b))
  }
}

/** x / y; NaN where y is 0. */
export function divide(state: usize, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), y = column(args, 1), out = column(args, 2)
  let i = from
  for (; i + 2 <= to; i += 2) {
    const a = v128.load(row(x, i)), b = v128.load(row(y, i))
    v128.store(row(out, i), finites(f64x2.div(a, b)))
  }
  if (i < to) {
    const a = load<f64>(row(x, i)), b = load<f64>(row(y, i))
    store<f64>(row(out, i), finite(a / b))
  }
}

/** The larger; NaN where either is missing. */
export function greater(state: usize, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), y = column(args, 1), out = column(args, 2)
  let i = from
  for (; i + 2 <= to; i += 2) {
    const a = v128.load(row(x, i)), b = v128.load(row(y, i))
    v128.store(row(out, i), f64x2.max(a, b))
  }
  if (i < to) {
    const a = load<f64>(row(x, i)), b = load<f64>(row(y, i))
    store<f64>(row(out, i), max(a, b))
  }
}

/** 1 where x > y, else 0. */
export function greaterThan(state: usize, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), y = column(args, 1), out = column(args, 2)
  let i = from
  for (; i + 2 <= to; i += 2) {
    const a = v128.load(row(x, i)), b = v128.load(row(y, i))
    v128.store(row(out, i), v128.and(f64x2.gt(a, b), f64x2.splat(1)))
  }
  if (i < to) {
    const a = load<f64>(row(x, i)), b = load<f64>(row(y, i))
    store<f64>(row(out, i), a > b ? 1 : 0)
  }
}

/** The smaller; NaN where either is missing. */
export function less(state: usize, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), y = column(args, 1), out = column(args, 2)
  let i = from
  for (; i + 2 <= to; i += 2) {
    const a = v128.load(row(x, i)), b = v128.load(row(y, i))
    v128.store(row(out, i), f64x2.min(a, b))
  }
  if (i < to) {
    const a = load<f64>(row(x, i)), b = load<f64>(row(y, i))
    store<f64>(row(out, i), min(a, b))
  }
}

/** 1 where x < y, else 0. */
export function lessThan(state: usize, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), y = column(args, 1), out = column(args, 2)
  let i = from
  for (; i + 2 <= to; i += 2) {
    const a = v128.load(row(x, i)), b = v128.load(row(y, i))
    v128.store(row(out, i), v128.and(f64x2.lt(a, b), f64x2.splat(1)))
  }
  if (i < to) {
    const a = load<f64>(row(x, i)), b = load<f64>(row(y, i))
    store<f64>(row(out, i), a < b ? 1 : 0)
  }
}

/** x · y */
export function multiply(state: usize, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), y = column(args, 1), out = column(args, 2)
  let i = from
  for (; i + 2 <= to; i += 2) {
    const a = v128.load(row(x, i)), b = v128.load(row(y, i))
    v128.store(row(out, i), finites(f64x2.mul(a, b)))
  }
  if (i < to) {
    const a = load<f64>(row(x, i)), b = load<f64>(row(y, i))
    store<f64>(row(out, i), finite(a * b))
  }
}

/** x − y */
export function subtract(state: usize, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), y = column(args, 1), out = column(args, 2)
  let i = from
  for (; i + 2 <= to; i += 2) {
    const a = v128.load(row(x, i)), b = v128.load(row(y, i))
    v128.store(row(out, i), finites(f64x2.sub(a, b)))
  }
  if (i < to) {
    const a = load<f64>(row(x, i)), b = load<f64>(row(y, i))
    store<f64>(row(out, i), finite(a - b))
  }
}
