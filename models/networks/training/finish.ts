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
      line: regression(
        raw,
        Float64Array.from(rows, (row) => (dataset.y[row]! - mean) / deviation),
        Float64Array.from(rows, (row) => dataset.weight[row]!),
      ),
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

/** Weighted least squares of y on x; a constant x has slope 0. */
function regression(
  x: Float64Array,
  y: Float64Array,
  weight: Float64Array,
): { slope: number; offset: number } {
  const total = weight.reduce((sum, w) => sum + w, 0)
  const mean = (values: Float64Array): number =>
    values.reduce((sum, value, i) => sum + weight[i]! * value, 0) / total
  const [meanX, meanY] = [mean(x), mean(y)]
  let [both, own] = [0, 0]
  x.forEach((value, i) => {
    both += weight[i]! * (value - meanX) * (y[i]! - meanY)
    own += weight[i]! * (value - meanX) ** 2
  })
  const slope = own > 0 ? both / own : 0
  return { slope, offset: meanY - slope * meanX }
}
