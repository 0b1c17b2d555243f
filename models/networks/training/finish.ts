/** What is learned about a network's raw outputs once its parameters are final: calibration, and the scale of a value trained by correlation. */
import type { Dataset } from '../../../features/dataset.ts'
import { fitIsotonic, fitTemperature, type CalibrationRows } from '../heads/calibration.ts'
import { flatBound } from '../heads/direction.ts'
import type { Finish, HeadFacts, HeadName } from '../heads/head.ts'
import { judge, type Judge, type Training } from './trainer.ts'

/** Fewer rows than this say nothing about a calibration. */
const leastCalibrationRows = 50

export async function finishHeads(
  best: Float32Array,
  dataset: Dataset,
  facts: HeadFacts,
  training: Training,
  judgeOfTraining: () => Promise<Judge>,
): Promise<Partial<Record<HeadName, Finish>>> {
  const { params, validation, context } = training
  const finish: Partial<Record<HeadName, Finish>> = {}
  const calibrates = params.outputs.includes('direction') && params.calibration !== 'none'
  if (calibrates && validation && (context.validation?.length ?? 0) >= leastCalibrationRows) {
    const { rows, raw, width } = await rawOutputs(best, 'direction', validation, training)
    const bound = flatBound(params, facts)
    const table: CalibrationRows = {
      raw,
      width,
      classes: Int8Array.from(rows, (row) => classOf(dataset.y[row]!, bound)),
      weight: Float64Array.from(rows, (row) => dataset.weight[row]!),
    }
    finish.direction = {
      calibration:
        params.calibration === 'isotonic'
          ? { temperature: 1, maps: fitIsotonic(table) }
          : { temperature: fitTemperature(table) },
    }
  }
  if (params.outputs.includes('value') && params.loss === 'ic') {
    const { rows, raw } = await rawOutputs(best, 'value', await judgeOfTraining(), training)
    const { mean, deviation } = facts.label
    finish.value = {
      line: lineWithinDates({
        x: raw,
        y: Float64Array.from(rows, (row) => (dataset.y[row]! - mean) / deviation),
        weight: Float64Array.from(rows, (row) => dataset.weight[row]!),
        date: Int32Array.from(rows, (row) => dataset.group[row]!),
      }),
    }
  }
  return finish
}

/** 0 down, 1 flat, 2 up. */
export function classOf(label: number, bound: number): 0 | 1 | 2 {
  if (label > bound) return 2
  return label < -bound || bound === 0 ? 0 : 1
}

interface RawOutputs {
  readonly rows: readonly number[]
  /** `width` values a row. */
  readonly raw: Float64Array
  readonly width: number
}

async function rawOutputs(
  best: Float32Array,
  head: HeadName,
  rowsOf: Judge,
  training: Training,
): Promise<RawOutputs> {
  const rows: number[] = []
  const values: number[] = []
  let width = 1
  await judge(best, rowsOf, training, [head], (out, { samples, mask }) => {
    width = out[head]!.length / samples.length
    samples.forEach((row, i) => {
      if (mask[i] === 0) return
      rows.push(row)
      for (let k = 0; k < width; k++) values.push(out[head]![i * width + k]!)
    })
  })
  return { rows, raw: Float64Array.from(values), width }
}

interface DatedRows {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly weight: Float64Array
  readonly date: Int32Array
}

/**
 * Weighted least squares of y on x, its slope from the differences within each date: the loss leaves a shift a date free, so across dates x says nothing. It never turns
 * the order round: a slope below 0 is taken as 0.
 */
export function lineWithinDates({ x, y, weight, date }: DatedRows): {
  slope: number
  offset: number
} {
  const sums = new Map<number, { x: number; y: number; weight: number }>()
  const all = { x: 0, y: 0, weight: 0 }
  x.forEach((value, i) => {
    const own = sums.get(date[i]!) ?? { x: 0, y: 0, weight: 0 }
    for (const sum of [own, all]) {
      sum.x += weight[i]! * value
      sum.y += weight[i]! * y[i]!
      sum.weight += weight[i]!
    }
    sums.set(date[i]!, own)
  })
  let [both, spread] = [0, 0]
  x.forEach((value, i) => {
    const own = sums.get(date[i]!)!
    if (own.weight === 0) return
    const difference = value - own.x / own.weight
    both += weight[i]! * difference * (y[i]! - own.y / own.weight)
    spread += weight[i]! * difference ** 2
  })
  const slope = spread > 0 ? Math.max(0, both / spread) : 0
  return { slope, offset: (all.y - slope * all.x) / all.weight }
}
