/** Weights of an ensemble's members, and their weighted prediction on the validation rows they share. */
import type { Dataset } from '../../features/index.ts'
import type { Recipe } from '../../registry/index.ts'

/** Validation predictions keyed by (symbol, time), so that members with other windows can be compared row by row. */
export interface ValidationPrediction {
  readonly dataset: Dataset
  readonly rows: Int32Array
  readonly values: Float64Array
}

interface Weighable {
  readonly name: string
  /** As in a manifest: from validation, null where not defined. */
  readonly metrics: Readonly<Record<string, number | null>>
}

/**
 * Weights that add up to 1: equal, given by name, or in proportion to validation IC (a member with none or a negative one
 * gets a tenth of the mean of the others, so that it keeps a vote but little say).
 */
export function memberWeights(rule: Recipe['weights'], members: readonly Weighable[]): number[] {
  return normalised(rawWeights(rule, members))
}

function rawWeights(rule: Recipe['weights'], members: readonly Weighable[]): number[] {
  if (rule === 'equal') return members.map(() => 1)
  if (rule === 'ic') {
    const ics = members.map(({ metrics }) => Math.max(0, metrics['icMean'] ?? metrics['ic'] ?? 0))
    const positive = ics.filter((ic) => ic > 0)
    if (positive.length === 0) return members.map(() => 1)
    const floor = positive.reduce((sum, ic) => sum + ic, 0) / positive.length / 10
    return ics.map((ic) => Math.max(ic, floor))
  }
  return members.map(({ name }) => rule[name] ?? 1)
}

function normalised(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** Members of other windows may lack rows; only rows that every member predicted count. */
export function weighted(
  predictions: readonly ValidationPrediction[],
  weights: readonly number[],
): { prediction: Float64Array; y: Float64Array; weight: Float64Array; group: Int32Array } {
  const sums = new Map<string, { total: number; count: number; row: number }>()
  const first = predictions[0]!
  predictions.forEach(({ dataset, rows, values }, k) => {
    rows.forEach((row, i) => {
      const key = `${dataset.symbol[row]!}/${dataset.time[row]!}`
      const entry = sums.get(key) ?? { total: 0, count: 0, row: -1 }
      entry.total += weights[k]! * values[i]!
      entry.count++
      if (k === 0) entry.row = row
      sums.set(key, entry)
    })
  })
  const shared = [...sums.values()].filter((entry) => entry.count === predictions.length)
  const { dataset } = first
  return {
    prediction: Float64Array.from(shared, (entry) => entry.total),
    y: Float64Array.from(shared, (entry) => dataset.y[entry.row]!),
    weight: Float64Array.from(shared, (entry) => dataset.weight[entry.row]!),
    group: Int32Array.from(shared, (entry) => dataset.group[entry.row]!),
  }
}
