/** A piecewise linear function of every column, learned elsewhere and kept in the graph. */
import type { Value } from '../graph.ts'
import { add, maximum, minimum, mul, reduceSum, reshape, sub } from '../operations/index.ts'

/** Knots of one column, x ascending without ties; constant beyond the ends. */
export interface Knots {
  readonly x: readonly number[]
  readonly y: readonly number[]
}

/** Column i of `x` `[..., columns]` through `curves[i]`: y₀ + Σ slopeₖ · (x − xₖ clipped to [0, xₖ₊₁ − xₖ]). */
export function piecewiseLinear(x: Value, curves: readonly Knots[]): Value {
  const { shape } = x.type
  const columns = curves.length
  const pieces = Math.max(1, ...curves.map((curve) => curve.x.length - 1))
  const table = (of: (curve: Knots, piece: number) => number): Value =>
    x.graph.constant(
      'float',
      [columns, pieces],
      curves.flatMap((curve) =>
        Array.from({ length: pieces }, (_, piece) =>
          piece + 1 < curve.x.length ? of(curve, piece) : 0,
        ),
      ),
    )
  const start = table(({ x: at }, k) => at[k]!)
  const width = table(({ x: at }, k) => at[k + 1]! - at[k]!)
  const slope = table(({ x: at, y }, k) => (y[k + 1]! - y[k]!) / (at[k + 1]! - at[k]!))
  const first = x.graph.constant(
    'float',
    [columns],
    curves.map((curve) => curve.y[0]!),
  )
  const inside = minimum(maximum(sub(reshape(x, [...shape, 1]), start), 0), width)
  const axes = [shape.length]
  return add(reduceSum(mul(inside, slope), { axes }), first)
}
