/**
 * What every kind checks before numbers reach a runtime: a matrix with the features it was fitted on, windows inside the
 * matrix, labels and weights that are finite. Runtimes answer a finite number to an infinite or NaN input, so the check is
 * here, on the inputs, and never on the outputs.
 */
import { check, checkInteger, invalid } from '../core/checks.ts'
import { QuorumError } from '../core/errors.ts'
import type { Dataset, FeatureMatrix } from '../features/dataset.ts'

/**
 * Refuses a training set that cannot be learned from. NaN in a feature is allowed (kinds fill it or learn its direction).
 * @throws NO_ROWS without a row or with no positive weight; NOT_FINITE for a label, weight or feature that is not usable.
 */
export function checkTraining(
  dataset: Dataset,
  samples: Int32Array,
  window: number,
  name: string,
): void {
  if (samples.length === 0) {
    throw new QuorumError('NO_ROWS', { source: `the ${name} set`, reason: 'it holds no sample' })
  }
  check(
    dataset.window >= window,
    'the window of the dataset',
    `at least ${window} rows, the window of the model`,
    dataset.window,
    'Build the dataset for this window, so that none crosses from one symbol into the next.',
  )
  const { y, weight: weights } = dataset
  let totalWeight = 0
  for (let k = 0; k < samples.length; k++) {
    const row = samples[k]!
    const weight = weights[row]!
    // The text of an error is made for an error only.
    if (!Number.isFinite(y[row])) throw notFinite('y', y[row]!, row)
    if (!Number.isFinite(weight)) throw notFinite('weight', weight, row)
    if (!(weight >= 0)) throw invalid(`weight at row ${row}`, 'at least 0', weight)
    totalWeight += weight
  }
  if (!(totalWeight > 0)) {
    throw new QuorumError('NO_ROWS', { source: `the ${name} set`, reason: 'every weight is 0' })
  }
  checkSamples(dataset, samples, window)
  checkFinite(dataset, samples, window)
}

interface Expected {
  readonly features: readonly string[]
  readonly window: number
}

/**
 * Refuses a matrix that the model cannot read.
 * @throws as `checkShape` and `checkFinite`
 */
export function checkMatrix(matrix: FeatureMatrix, samples: Int32Array, expected: Expected): void {
  checkShape(matrix, samples, expected)
  checkFinite(matrix, samples, expected.window)
}

/** @throws WRONG_WIDTH for other features, INVALID_VALUE where a window lies outside the matrix */
export function checkShape(
  matrix: FeatureMatrix,
  samples: Int32Array,
  { features, window }: Expected,
): void {
  const same =
    matrix.features === features ||
    (matrix.features.length === features.length &&
      features.every((name, column) => matrix.features[column] === name))
  if (!same) {
    throw new QuorumError('WRONG_WIDTH', {
      expected: features.length,
      names: features.join(', '),
      actual: `${matrix.features.length} (${matrix.features.join(', ')})`,
    })
  }
  const cells = matrix.rows * features.length
  check(matrix.X.length === cells, 'the length of X', `rows × features = ${cells}`, matrix.X.length)
  checkSamples(matrix, samples, window)
}

function checkSamples({ rows }: FeatureMatrix, samples: Int32Array, window: number): void {
  for (let k = 0; k < samples.length; k++) {
    const sample = samples[k]!
    if (sample < window - 1 || sample >= rows)
      checkInteger('a sample', sample, { min: window - 1, max: rows - 1 })
  }
}

/**
 * Rows that no window covers are not looked at.
 * @throws NOT_FINITE for an infinite value inside a window
 */
export function checkFinite(matrix: FeatureMatrix, samples: Int32Array, window: number): void {
  const width = matrix.features.length
  // One past the last row already looked at: samples ascend as a rule, so each row is read once.
  let checkedTo = 0
  let previous = -1
  for (let k = 0; k < samples.length; k++) {
    const sample = samples[k]!
    const first = sample - window + 1
    const from = sample >= previous ? Math.max(first, checkedTo) : first
    const cell = firstInfinite(matrix.X, from * width, (sample + 1) * width)
    if (cell >= 0) {
      const column = cell % width
      const name = `feature ${matrix.features[column]!}`
      throw notFinite(name, matrix.X[cell]!, (cell - column) / width)
    }
    if (sample >= previous) checkedTo = sample + 1
    previous = sample
  }
}

/** The first of the cells [from, to) that holds an infinity, or −1. */
function firstInfinite(X: Float32Array, from: number, to: number): number {
  for (let cell = from; cell < to; cell++) if (Math.abs(X[cell]!) === Infinity) return cell
  return -1
}

function notFinite(name: string, value: number, row: number): QuorumError {
  return new QuorumError('NOT_FINITE', { name, value: String(value), row })
}
