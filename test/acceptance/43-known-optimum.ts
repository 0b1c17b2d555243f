/**
 * Issue "training engine", shows 3: on simulated data with a known optimum each network reaches at least 90 % of the optimal R² out of sample for a pattern that it is
 * meant to find, and a direction head 90 % of the way from guessing to the optimal accuracy.
 */
import { assert } from './harness.ts'
import { createRng, findKind } from '../../index.ts'
import { splitSamples, syntheticDataset, type SyntheticOptions } from '../support/dataset.ts'

type Signal = NonNullable<SyntheticOptions['signal']>

/** Two features of the last row, which no linear model sees. */
const level: Signal = (at) => at(0, 0) * at(0, 1)
/** One feature of the row before times another of the last: the other way round it is another number. */
const order: Signal = (at) => at(1, 0) * at(0, 1)
/** A value 40 rows back. */
const farBack: Signal = (at) => at(40, 0)

const quick = { learningRate: 0.005 }
const cases: readonly (readonly [string, Signal, number, number, Record<string, unknown>])[] = [
  ['mlp', level, 1, 6_000, { ...quick, dropout: 0 }],
  ['lstm', order, 4, 6_000, quick],
  ['gru', order, 4, 6_000, quick],
  ['tcn', order, 4, 12_000, { ...quick, dropout: 0 }],
  ['transformer', farBack, 48, 4_000, { learningRate: 0.003, dim: 16, layers: 1, dropout: 0 }],
]

const noise = 0.5

export default async function knownOptimum(): Promise<string> {
  const said: string[] = []
  for (const [name, signal, window, rows, params] of cases) {
    const { y, optimum, prediction } = await outOfSample(name, { signal, window, rows }, params)
    const share = rSquared(y, prediction) / rSquared(y, optimum)
    assert(share >= 0.9, `${name} reaches ${(100 * share).toFixed(1)} % of the optimal R²`)
    said.push(`${name} ${(100 * share).toFixed(0)} %`)
  }
  const direction = { ...quick, dropout: 0, outputs: 'direction', flatBand: 0 }
  const data = { signal: level, window: 1, rows: 6_000 }
  const { y, optimum, probability } = await outOfSample('mlp', data, direction)
  const up = Float64Array.from(y, (_, i) => probability![3 * i + 2]! - 0.5)
  const share = (accuracy(y, up) - 0.5) / (accuracy(y, optimum) - 0.5)
  assert(share >= 0.9, `the direction head reaches ${(100 * share).toFixed(1)} % of the accuracy`)
  // Calibrated: among rows given p, a share p goes up.
  const error = calibrationError(y, up)
  assert(error < 0.04, `the probabilities are off by ${error.toFixed(3)} on average`)
  said.push(`direction ${(100 * share).toFixed(0)} %, calibration error ${error.toFixed(3)}`)
  return said.join(', ')
}

interface OutOfSample {
  readonly y: Float64Array
  /** The signal itself. */
  readonly optimum: Float64Array
  readonly prediction: Float64Array
  readonly probability?: Float64Array
}

async function outOfSample(
  name: string,
  {
    signal,
    window,
    rows,
  }: { readonly signal: Signal; readonly window: number; readonly rows: number },
  params: Record<string, unknown>,
): Promise<OutOfSample> {
  const options = { rowsPerSymbol: rows, features: 3, window, signal }
  const dataset = syntheticDataset({ ...options, noise })
  // The same rows without noise: their labels are the signal.
  const exact = syntheticDataset({ ...options, noise: 0 })
  const { before, after } = splitSamples(dataset, 0.75)
  const middle = Math.floor(before.length * 0.85)
  const kind = findKind(name)
  const model = await kind.fit(dataset, kind.params.parse({ window, ...params }), {
    train: before.subarray(0, middle),
    validation: before.subarray(middle),
    rng: createRng(1),
    signal: new AbortController().signal,
    threads: 1,
    onProgress: () => undefined,
  })
  const predictions = await model.predict(dataset, after)
  await model.dispose()
  return {
    ...predictions,
    y: Float64Array.from(after, (row) => dataset.y[row]!),
    optimum: Float64Array.from(after, (row) => exact.y[row]!),
  }
}

function rSquared(y: Float64Array, prediction: Float64Array): number {
  const mean = y.reduce((a, b) => a + b) / y.length
  const error = y.reduce((sum, value, i) => sum + (value - prediction[i]!) ** 2, 0)
  return 1 - error / y.reduce((sum, value) => sum + (value - mean) ** 2, 0)
}

function accuracy(y: Float64Array, prediction: Float64Array): number {
  return (
    y.reduce((hits, value, i) => hits + (value > 0 === prediction[i]! > 0 ? 1 : 0), 0) / y.length
  )
}

/** Mean difference between probability and frequency over ten equal bins (Guo et al. 2017, equation 3). */
function calibrationError(y: Float64Array, up: Float64Array): number {
  const bins = Array.from({ length: 10 }, () => ({ count: 0, probability: 0, hits: 0 }))
  y.forEach((value, i) => {
    const bin = bins[Math.min(9, Math.floor((up[i]! + 0.5) * 10))]!
    bin.count++
    bin.probability += up[i]! + 0.5
    bin.hits += value > 0 ? 1 : 0
  })
  return bins.reduce((sum, bin) => sum + Math.abs(bin.probability - bin.hits), 0) / y.length
}
