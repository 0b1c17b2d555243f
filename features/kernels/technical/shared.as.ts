/** What the kernels of indicators share. Pairs are two consecutive rows, or two quantities of one row, in the lanes of a vector. */

// @ts-ignore: a decorator of AssemblyScript
@inline
export function known(value: f64): bool {
  return value - value == 0
}

/** The part above 0; NaN stays. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function aboveOf(pair: v128): v128 {
  return f64x2.pmax(pair, f64x2.splat(0))
}

// @ts-ignore: a decorator of AssemblyScript
@inline
export function above(value: f64): f64 {
  return f64x2.extract_lane(aboveOf(f64x2.splat(value)), 0)
}

// @ts-ignore: a decorator of AssemblyScript
@inline
export function lower(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0)
}

// @ts-ignore: a decorator of AssemblyScript
@inline
export function upper(pair: v128): f64 {
  return f64x2.extract_lane(pair, 1)
}

// @ts-ignore: a decorator of AssemblyScript
@inline
export function pairOf(a: f64, b: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(a), 1, b)
}

/** (a₀, b₀) */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function lowers(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 0, 2)
}

/** (a₁, b₁) */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function uppers(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 1, 3)
}

/** (high + low + close) / 3 of two rows, by a multiplication, which is several times as fast as the division. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function typicalOf(high: v128, low: v128, close: v128): v128 {
  return f64x2.mul(f64x2.add(f64x2.add(high, low), close), f64x2.splat(1.0 / 3.0))
}
