/** Rows of columns, and what a kernel does with the number it comes to. */

/** Address of an instruction's column: inputs first, then outputs. */
// @ts-ignore: decorator
@inline
export function column(args: usize, k: i32): usize {
  return <usize>load<u32>(args + (<usize>k << 2))
}

// @ts-ignore: decorator
@inline
export function row(column: usize, i: i32): usize {
  return column + (<usize>i << 3)
}

/** The value where it is finite, else NaN. */
// @ts-ignore: decorator
@inline
export function finite(value: f64): f64 {
  return value + (value - value)
}

// @ts-ignore: decorator
@inline
export function finites(values: v128): v128 {
  return f64x2.add(values, f64x2.sub(values, values))
}

/** 0 where a value is missing, so that sums need no branch. */
// @ts-ignore: decorator
@inline
export function orZero(value: f64): f64 {
  return value == value ? value : 0
}
