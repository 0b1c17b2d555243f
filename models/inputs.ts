/**
 * What every kind checks before numbers reach a runtime: a matrix with the features it was fitted on, windows inside the
 * matrix, labels and weights that are finite. Runtimes answer a finite number to an infinite or NaN input, so the check is
 * here, on the inputs, and never on the outputs.
 */
import { check, checkInteger } from '../core/checks.ts'
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
  let totalWeight = 0
  for (const row of samples) {
    checkFinite('y', dataset.y[row]!, row)
    const weight = dataset.weight[row]!
    checkFinite('weight', weight, row)
    check(weight >= 0, `weight at row ${row}`, 'at least 0', weight)
    totalWeight += weight
  }
  if (!(totalWeight > 0)) {
    throw new QuorumError('NO_ROWS', { source: `the ${name} set`, reason: 'every weight is 0' })
  }
  checkWindows(dataset, samples, window)
}

/**
 * Refuses a matrix that the model cannot read.
 * @throws WRONG_WIDTH for other features, NOT_FINITE for an infinite value inside a window.
 */
export function checkMatrix(
  matrix: FeatureMatrix,
  samples: Int32Array,
  { features, window }: { readonly features: readonly string[]; readonly window: number },
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
  checkWindows(matrix, samples, window)
}

/** Every window lies inside the matrix and holds no infinity. Rows that no window covers are not looked at. */
function checkWindows(matrix: FeatureMatrix, samples: Int32Array, window: number): void {
  const width = matrix.features.length
  // One past the last row already looked at: samples ascend as a rule, so each row is read once.
  let checkedTo = 0
  let previous = -1
  for (const sample of samples) {
    checkInteger('a sample', sample, { min: window - 1, max: matrix.rows - 1 })
    const first = sample - window + 1
    const from = sample >= previous ? Math.max(first, checkedTo) : first
    for (let cell = from * width; cell < (sample + 1) * width; cell++) {
      const value = matrix.X[cell]!
      if (value === Infinity || value === -Infinity) {
        const column = cell % width
        throw new QuorumError('NOT_FINITE', {
          name: `feature ${matrix.features[column]!}`,
          value: String(value),
          row: (cell - column) / width,
        })
      }
    }
    if (sample >= previous) checkedTo = sample + 1
    previous = sample
  }
}

function checkFinite(name: string, value: number, row: number): void {
  if (!Number.isFinite(value)) {
    throw new QuorumError('NOT_FINITE', { name, value: String(value), row })
  }
}
