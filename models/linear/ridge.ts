/**
 * Weighted ridge regression on the last row (Hoerl and Kennard, "Ridge regression", Technometrics 12, 1970), in closed form:
 *
 *   minimise  Σ wᵢ (yᵢ − b − zᵢᵀβ)² / Σ wᵢ  +  alpha |β|²
 *
 * with z the standardised features and b unpenalised. The loss is a mean, so `alpha` does not depend on the number of rows:
 * on uncorrelated features it divides each coefficient by 1 + alpha. The best alpha in expectation is
 * features / rows × (1 − R²) / R²; with the R² of daily returns (a few thousandths) and a few thousand rows that is near 1.
 *
 * A missing feature takes the training mean, a constant or empty column has coefficient 0, a single row predicts its own
 * label everywhere. The fit draws no random number: it is a function of the data alone.
 */
import { z } from 'zod'
import type { Dataset } from '../../features/dataset.ts'
import { checkTraining } from '../inputs.ts'
import { yieldToEvents } from '../interruption.ts'
import type { FitContext, FittedModel, ModelKind } from '../kind.ts'
import { fitStandardiser, labelScale, standardiseRow } from '../preprocessing/standardiser.ts'
import { solveCholesky } from './cholesky.ts'
import { loadRidge, ridgeModel } from './fitted-ridge.ts'

const params = z.strictObject({
  /** Penalty on the mean squared loss, on standardised features. Above 0, so that collinear features have one solution. */
  alpha: z.number().min(1e-6).default(1),
  /** Standardised features are clipped to ± this many deviations. */
  clip: z.number().positive().default(5),
})

export type RidgeParams = z.infer<typeof params>

export const ridge: ModelKind<RidgeParams> = {
  name: 'ridge',
  doc: 'Weighted ridge regression on the last row: closed form, exact, no randomness.',
  params,
  searchSpace: { alpha: { type: 'float', low: 0.01, high: 100, log: true } },
  needs: 'dataset',
  window: () => 1,
  fit: fitRidge,
  load: (files) => Promise.resolve().then(() => loadRidge(files)),
}

async function fitRidge(
  dataset: Dataset,
  { alpha, clip }: RidgeParams,
  context: FitContext,
): Promise<FittedModel> {
  const { train, signal } = context
  await yieldToEvents(signal, 'the ridge fit')
  checkTraining(dataset, train, 1, 'training')
  const { weight } = dataset
  const standardiser = fitStandardiser(dataset, train, weight, clip)
  const label = labelScale(dataset.y, train, weight)
  const width = dataset.features.length
  const sums = emptyMoments(width)
  // A block is a few million multiplications, some milliseconds: an abort waits for one block.
  const blockRows = Math.max(1, Math.floor(4e6 / (width * width + 1)))
  for (let from = 0; from < train.length; from += blockRows) {
    const rows = train.subarray(from, from + blockRows)
    accumulate(sums, rows, (row, out) => {
      standardiseRow(standardiser, dataset.X, row, out)
      return { weight: weight[row]!, label: (dataset.y[row]! - label.mean) / label.deviation }
    })
    const done = from + rows.length
    if (context.onProgress({ done, total: train.length, unit: 'rows' }) === 'stop') break
    await yieldToEvents(signal, 'the ridge fit')
  }
  const { beta, centre } = solve(sums, alpha)
  const coefficients = Array.from(beta, (value) => value * label.deviation)
  let intercept = label.mean + sums.label * label.deviation
  for (let column = 0; column < width; column++)
    intercept -= coefficients[column]! * centre[column]!
  return ridgeModel({ features: dataset.features, standardiser, coefficients, intercept })
}

/** Weighted means of z and y and the lower triangle of their co-moments about those means. */
interface Moments {
  weight: number
  label: number
  readonly mean: Float64Array
  readonly products: Float64Array
  readonly labelProducts: Float64Array
}

function emptyMoments(width: number): Moments {
  return {
    weight: 0,
    label: 0,
    mean: new Float64Array(width),
    products: new Float64Array(width * width),
    labelProducts: new Float64Array(width),
  }
}

/** Welford's update for co-moments, one row after the other: no cancellation, one fixed order. */
function accumulate(
  moments: Moments,
  rows: Int32Array,
  read: (row: number, out: Float64Array) => { weight: number; label: number },
): void {
  const { mean, products, labelProducts } = moments
  const width = mean.length
  const z = new Float64Array(width)
  const before = new Float64Array(width)
  for (const row of rows) {
    const { weight, label } = read(row, z)
    if (weight === 0) continue
    moments.weight += weight
    const share = weight / moments.weight
    for (let i = 0; i < width; i++) {
      before[i] = z[i]! - mean[i]!
      mean[i]! += share * before[i]!
    }
    moments.label += share * (label - moments.label)
    const labelAfter = label - moments.label
    for (let i = 0; i < width; i++) {
      const deviation = weight * before[i]!
      if (deviation === 0) continue
      labelProducts[i]! += deviation * labelAfter
      for (let j = 0; j <= i; j++) products[i * width + j]! += deviation * (z[j]! - mean[j]!)
    }
  }
}

function solve(moments: Moments, alpha: number): { beta: Float64Array; centre: Float64Array } {
  const width = moments.mean.length
  const A = moments.products.map((value) => value / moments.weight)
  for (let i = 0; i < width; i++) A[i * width + i]! += alpha
  const b = moments.labelProducts.map((value) => value / moments.weight)
  return { beta: solveCholesky(A, b), centre: moments.mean }
}
