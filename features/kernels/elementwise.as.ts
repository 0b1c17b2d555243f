/** Operators of one row, two rows at a time. They have no state. */
import { column, finites, row } from './columns.as'

/** |x| */
export function absolute(state: usize, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), out = column(args, 1)
  let i = from
  for (; i + 2 <= to; i += 2) v128.store(row(out, i), f64x2.abs(v128.load(row(x, i))))
  if (i < to) store<f64>(row(out, i), abs(load<f64>(row(x, i))))
}

/** What two columns come to; constant where it is called, so that one branch is left of it. */
enum Of { Add, Divide, Greater, GreaterThan, Less, LessThan, Multiply, Subtract }

// @ts-ignore: decorator
@inline
function combined(what: Of, a: v128, b: v128): v128 {
  if (what == Of.Add) return finites(f64x2.add(a, b))
  if (what == Of.Divide) return finites(f64x2.div(a, b))
  if (what == Of.Greater) return f64x2.max(a, b)
  if (what == Of.GreaterThan) return v128.and(f64x2.gt(a, b), f64x2.splat(1))
  if (what == Of.Less) return f64x2.min(a, b)
  if (what == Of.LessThan) return v128.and(f64x2.lt(a, b), f64x2.splat(1))
  if (what == Of.Multiply) return finites(f64x2.mul(a, b))
  return finites(f64x2.sub(a, b))
}

// @ts-ignore: decorator
@inline
function combine(what: Of, args: usize, from: i32, to: i32): void {
  const x = column(args, 0), y = column(args, 1), out = column(args, 2)
  let i = from
  for (; i + 2 <= to; i += 2) v128.store(row(out, i), combined(what, v128.load(row(x, i)), v128.load(row(y, i))))
  if (i < to) v128.store64_lane(row(out, i), combined(what, v128.load64_zero(row(x, i)), v128.load64_zero(row(y, i))), 0)
}

/** x + y */
export function add(state: usize, args: usize, from: i32, to: i32): void {
  combine(Of.Add, args, from, to)
}

/** x / y; NaN where y is 0. */
export function divide(state: usize, args: usize, from: i32, to: i32): void {
  combine(Of.Divide, args, from, to)
}

/** The larger; NaN where either is missing. */
export function greater(state: usize, args: usize, from: i32, to: i32): void {
  combine(Of.Greater, args, from, to)
}

/** 1 where x > y, else 0. */
export function greaterThan(state: usize, args: usize, from: i32, to: i32): void {
  combine(Of.GreaterThan, args, from, to)
}

/** The smaller; NaN where either is missing. */
export function less(state: usize, args: usize, from: i32, to: i32): void {
  combine(Of.Less, args, from, to)
}

/** 1 where x < y, else 0. */
export function lessThan(state: usize, args: usize, from: i32, to: i32): void {
  combine(Of.LessThan, args, from, to)
}

/** x · y */
export function multiply(state: usize, args: usize, from: i32, to: i32): void {
  combine(Of.Multiply, args, from, to)
}

/** x − y */
export function subtract(state: usize, args: usize, from: i32, to: i32): void {
  combine(Of.Subtract, args, from, to)
}
