/**
 * Uniform random numbers inside the graph: a counter-based generator, so that what a step draws is a function of key, step and position alone,
 * however many steps one run covers and whatever device it runs on.
 *
 * A balanced Feistel network (Luby and Rackoff 1988; the construction of Philox and Threefry, Salmon et al., SC11) on pairs of 12-bit halves. Every
 * intermediate number has at most 24 significant bits, so float32 arithmetic is exact and every runtime gives the same bits; integer
 * operations would not run on all of them. It is made for masks and noise, not for secrets.
 */
import type { Value } from '../graph.ts'
import { add, concat, floor, mul, slice, sub } from '../operations/index.ts'

const rounds = 5
const unit = 2 ** -12
/** Odd multipliers, a round each; 12 bits, so that a product with a half is exact. */
const multipliers = [3_435, 2_749, 3_187, 2_963, 3_659]

/** One key of the generator: four halves, each a multiple of 2⁻¹² in [0, 1), `[4]`. */
export type Key = Value

/** @returns `count` numbers, multiples of 2⁻¹² in [0, 1), `[count]`; other for another key, step (an integer scalar below 2²⁴) or site. */
export function uniforms(key: Key, step: Value, site: number, count: number): Value {
  const { graph } = key
  const pairs = Math.ceil(count / 2)
  const half = (index: number): Value => slice(key, { axis: 0, from: index, to: index + 1 })
  const high = floor(mul(step, unit))
  // The step and the site make a key of their own first, so that neighbouring steps have nothing in common.
  const [a, b] = feistel(
    [
      fraction(add(mul(sub(step, mul(high, 1 / unit)), unit), half(0))),
      fraction(add(add(mul(high, unit), half(1)), (site % 4096) * unit)),
    ],
    [half(2), half(3)],
  )
  const halves = (of: (i: number) => number): Value =>
    graph.constant(
      'float',
      [pairs],
      Float64Array.from({ length: pairs }, (_, i) => of(i) * unit),
    )
  const [left, right] = feistel(
    [halves((i) => Math.floor(i / 4096) % 4096), halves((i) => i % 4096)],
    [a, b],
  )
  return slice(concat([left, right], 0), { axis: 0, from: 0, to: count })
}

function feistel([left, right]: [Value, Value], [a, b]: readonly [Value, Value]): [Value, Value] {
  for (let round = 0; round < rounds; round++) {
    const mixed = fraction(add(mul(right, multipliers[round]!), round % 2 === 0 ? a : b))
    // The middle bits of a square depend on all bits of its root.
    const middle = mul(floor(mul(mul(mixed, mixed), 2 ** 18)), unit)
    ;[left, right] = [right, fraction(add(left, middle))]
  }
  return [left, right]
}

function fraction(x: Value): Value {
  return sub(x, floor(x))
}
