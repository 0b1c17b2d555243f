/**
 * Calibration of probabilities on rows that the weights were not learned from. `temperature`: one divisor of all logits (Guo et al., ICML 2017);
 * `isotonic`: a monotone map of each class's probability (Zadrozny and Elkan, KDD 2002), fitted by pool-adjacent-violators, the
 * classes normalised afterwards.
 */
import type { Value } from '../../graph/graph.ts'
import { piecewiseLinear, type Knots } from '../../graph/layers/piecewise.ts'
import { add, div, maximum, mul, reduceSum } from '../../graph/operations/index.ts'

export interface Calibration {
  readonly temperature: number
  /** A map a class; none for temperature alone. */
  readonly maps?: readonly Knots[]
}

/** Of the probability before the isotonic map that stays in the one after it. */
const uncalibratedShare = 1e-3

export function calibrated(probability: Value, calibration: Calibration | undefined): Value {
  if (calibration?.maps === undefined) return probability
  // A little of what it was before keeps every row a distribution, and every probability above 0.
  const mapped = add(
    mul(maximum(piecewiseLinear(probability, calibration.maps), 0), 1 - uncalibratedShare),
    mul(probability, uncalibratedShare),
  )
  return div(mapped, maximum(reduceSum(mapped, { axes: [1], keep: true }), 1e-12))
}

export interface CalibrationRows {
  /** Logits, `classes` (or 1, logistic) a row. */
  readonly raw: Float64Array
  readonly width: number
  /** Class of each row: 0 down, 1 flat, 2 up. */
  readonly classes: Int8Array
  readonly weight: Float64Array
}

/** The divisor with the least log loss, between 1/20 and 20, by golden section: the loss is convex in 1/T. */
export function fitTemperature(rows: CalibrationRows): number {
  const ratio = (Math.sqrt(5) - 1) / 2
  let [low, high] = [Math.log(1 / 20), Math.log(20)]
  while (high - low > 1e-6) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)]
    if (logLoss(rows, Math.exp(left)) <= logLoss(rows, Math.exp(right))) high = right
    else low = left
  }
  return 1 / Math.exp((low + high) / 2)
}

/** Mean weighted log loss of the logits times `scale`. */
function logLoss(rows: CalibrationRows, scale: number): number {
  const { raw, width, classes, weight } = rows
  let [sum, total] = [0, 0]
  for (let i = 0; i < classes.length; i++) {
    const own = classes[i]!
    let loss: number
    if (width === 1) {
      const z = raw[i]! * scale * (own === 2 ? 1 : -1)
      loss = Math.log1p(Math.exp(-Math.abs(z))) + Math.max(0, -z)
    } else {
      const [a, b, c] = [raw[3 * i]! * scale, raw[3 * i + 1]! * scale, raw[3 * i + 2]! * scale]
      const greatest = Math.max(a, b, c)
      const powers = Math.exp(a - greatest) + Math.exp(b - greatest) + Math.exp(c - greatest)
      loss = greatest + Math.log(powers) - raw[3 * i + own]! * scale
    }
    sum += weight[i]! * loss
    total += weight[i]!
  }
  return sum / total
}

/** Down, flat and up. */
export function probabilitiesOf(
  { raw, width }: CalibrationRows,
  row: number,
  scale: number,
): [number, number, number] {
  if (width === 1) {
    const up = 1 / (1 + Math.exp(-raw[row]! * scale))
    return [1 - up, 0, up]
  }
  const logits = [0, 1, 2].map((k) => raw[3 * row + k]! * scale)
  const greatest = Math.max(...logits)
  const powers = logits.map((value) => Math.exp(value - greatest))
  const total = powers[0]! + powers[1]! + powers[2]!
  return [powers[0]! / total, powers[1]! / total, powers[2]! / total]
}

/** One monotone map a class from its probability (at temperature 1) to its frequency. */
export function fitIsotonic(rows: CalibrationRows): Knots[] {
  const count = rows.classes.length
  const probabilities = new Float64Array(3 * count)
  for (let row = 0; row < count; row++) probabilities.set(probabilitiesOf(rows, row, 1), 3 * row)
  return [0, 1, 2].map((k) => {
    const order = Uint32Array.from({ length: count }, (_, row) => row).sort(
      (a, b) => probabilities[3 * a + k]! - probabilities[3 * b + k]! || a - b,
    )
    return poolAdjacentViolators(
      Array.from(order, (row) => ({
        x: probabilities[3 * row + k]!,
        y: rows.classes[row] === k ? 1 : 0,
        weight: rows.weight[row]!,
      })),
    )
  })
}

interface Block {
  x: number
  y: number
  weight: number
}

/** Weighted isotonic regression of points in ascending x: the blocks' means of x and y as knots (Best and Chakravarti 1990). */
export function poolAdjacentViolators(points: readonly Readonly<Block>[]): Knots {
  const blocks: Block[] = []
  for (const point of points) {
    if (point.weight === 0) continue
    let block = { ...point }
    for (
      let before = blocks.at(-1);
      before !== undefined && (before.y >= block.y || before.x >= block.x);
      before = blocks.at(-1)
    ) {
      blocks.pop()
      const weight = before.weight + block.weight
      const mean = (a: number, b: number): number => (a * before.weight + b * block.weight) / weight
      block = { x: mean(before.x, block.x), y: mean(before.y, block.y), weight }
    }
    blocks.push(block)
  }
  // In float32, where the graph computes, two knots must not fall together.
  const apart = blocks.filter((block, i) => i === 0 || block.x - blocks[i - 1]!.x > 1e-6)
  return { x: apart.map(({ x }) => x), y: apart.map(({ y }) => y) }
}
