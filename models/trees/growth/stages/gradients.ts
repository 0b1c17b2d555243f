/**
 * Stages of gradients: the objective fills float32 pairs; the greatest of them gives the scales, powers of two; then they are packed as fixed-point
 * numbers that add up exactly, whatever the order. A round's rows are listed or drawn on the way.
 */
import { share, type Space } from '../space.ts'
import { computeLosses } from './losses.ts'
import type { Equipment } from './stages.ts'

/** Words of the orders of stage `pack`. */
export const packOrder = {
  output: 0,
  gradientScale: 1,
  hessianScale: 2,
  /** 2³² × the share of rows to draw; 2³² for all. */
  threshold: 3,
  key0: 4,
  key1: 5,
} as const

/** From the margins: losses, gradients, and the greatest of these, output by output. */
export function computeGradients(space: Space, equipment: Equipment): void {
  const { objective, alone } = equipment
  const { layout, kernels, thread } = space
  const { trainRows, outputs } = layout
  // Gradients that look at other rows, or that only the calling thread knows, are not shared out.
  if (alone && thread > 0) return
  const [from, to] = alone ? [0, trainRows] : share(trainRows, space)
  computeLosses(space, equipment)
  objective.gradients(space, from, to)
  for (let output = 0; output < outputs; output++)
    kernels.largestPair(
      layout.pairsAt + output * trainRows * 8,
      from,
      to,
      layout.largestAt + (thread * outputs + output) * 16,
    )
}

export function packGradients(space: Space): void {
  const { layout, kernels, orders, segments, thread } = space
  const [from, to] = share(layout.trainRows, space)
  const pairsAt = layout.pairsAt + orders[packOrder.output]! * layout.trainRows * 8
  const scales = [orders[packOrder.gradientScale]!, orders[packOrder.hessianScale]!] as const
  kernels.packPairs(pairsAt, from, to, ...scales, layout.packedAt)
  const threshold = orders[packOrder.threshold]!
  let end = to
  if (threshold >= 2 ** 32) kernels.listRows(layout.rowsAt, from, to)
  else {
    const [key0, key1] = [orders[packOrder.key0]!, orders[packOrder.key1]!]
    end = from + kernels.drawRows(layout.rowsAt, from, to, key0, key1, threshold)
  }
  segments.set([from, end], thread * layout.nodes * 2)
}

/** Rows whose packed sums cannot overflow: numbers up to 2¹⁶ in a signed word of 32 bits. */
export const blockRows = 2 ** 14

export interface Scales {
  readonly gradient: number
  readonly hessian: number
}

/**
 * Scales of fixed-point numbers with `bits` bits for the greatest one: powers of two, so that scaling back is exact. Small sets have more bits, since
 * their sums are of fewer numbers.
 */
export function packScales(largest: Scales, rows: number): Scales {
  const spare = 30 - Math.ceil(Math.log2(Math.min(Math.max(rows, 2), blockRows)))
  return {
    gradient: powerScale(largest.gradient, spare),
    hessian: powerScale(largest.hessian, spare),
  }
}

/** Scales of the sums of leaves: as fine as a float64 that adds up `rows` of them stays exact. */
export function sumScales(largest: Scales, rows: number): Scales {
  const bits = 52 - Math.ceil(Math.log2(Math.max(rows, 2)))
  return {
    gradient: powerScale(largest.gradient, bits),
    hessian: powerScale(largest.hessian, bits),
  }
}

/** The greatest power of two that keeps value × scale at most 2^bits. */
function powerScale(value: number, bits: number): number {
  if (!(value > 0)) return 1
  return 2 ** Math.min(1000, bits - Math.ceil(Math.log2(value)))
}
