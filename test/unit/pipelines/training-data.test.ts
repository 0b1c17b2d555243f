/** Data that cannot teach is refused before a fit; columns that teach nothing are named. */
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../../features/index.ts'
import { purgedTimeSplit } from '../../../models/index.ts'
import { checkTrainingData, describeColumns } from '../../../pipelines/train/training-data.ts'
import { syntheticDataset } from '../../support/dataset.ts'

const base = syntheticDataset({ rowsPerSymbol: 100, features: 4, window: 3 })
const split = purgedTimeSplit(base, { validationFraction: 0.2, embargoBars: 5 })
const names = { source: 'rows.csv', label: 'y' }
const [firstRow, lastRow] = [split.train[0]!, split.train.at(-1)!]

function withX(change: (X: Float32Array) => void): Dataset {
  const X = base.X.slice()
  change(X)
  return { ...base, X }
}

const fill = (column: number, value: number) => (X: Float32Array) => {
  for (let cell = column; cell < X.length; cell += 4) X[cell] = value
}

describe('columns', () => {
  it('are named where they hold one value or none in all windows of the training rows', () => {
    expect(checkTrainingData(base, split, names)).toEqual([])
    const data = withX((X) => {
      fill(1, 3.7)(X)
      fill(3, NaN)(X)
    })
    const flat = checkTrainingData(data, split, names)
    expect(flat).toEqual([
      { name: 'f1', is: 'constant' },
      { name: 'f3', is: 'empty' },
    ])
    expect(describeColumns(flat)).toBe('f1 (constant), f3 (empty)')
  })

  it.each([
    ['a row before the first sample, inside its window', firstRow - 1],
    ['the last training row', lastRow],
  ])('vary if they do so in %s alone', (_, row) => {
    const data = withX((X) => {
      fill(1, 3.7)(X)
      X[row * 4 + 1] = 4
    })
    expect(checkTrainingData(data, split, names)).toEqual([])
  })

  it('do not vary because of rows that only validate', () => {
    const data = withX((X) => {
      fill(1, 3.7)(X)
      X[split.validation.at(-1)! * 4 + 1] = 4
    })
    expect(checkTrainingData(data, split, names)).toEqual([{ name: 'f1', is: 'constant' }])
  })

  it('vary where a value is missing here and there: trees learn from that', () => {
    const data = withX((X) => {
      fill(1, 3.7)(X)
      X[lastRow * 4 + 1] = NaN
    })
    expect(checkTrainingData(data, split, names)).toEqual([])
  })

  it('are refused where none varies', () => {
    const data = withX((X) => X.fill(2))
    expect(() => checkTrainingData(data, split, names)).toThrow(
      'rows.csv: no column varies in the training rows: f0 (constant), f1 (constant), f2 (constant), f3 (constant).',
    )
  })

  it('are listed up to twenty', () => {
    const many = Array.from({ length: 23 }, (_, k) => ({ name: `c${k}`, is: 'empty' }) as const)
    expect(describeColumns(many)).toMatch(/c19 \(empty\), and 3 more$/)
  })
})

describe('labels', () => {
  const labels = (change: (y: Float64Array, weight: Float64Array) => void): Dataset => {
    const [y, weight] = [base.y.slice(), base.weight.slice()]
    change(y, weight)
    return { ...base, y, weight }
  }

  it('of one value are refused, with the value and the way out', () => {
    const data = labels((y) => {
      for (const row of split.train) y[row] = 0.25
    })
    expect(() => checkTrainingData(data, split, names)).toThrow(
      `rows.csv: y is 0.25 in all ${split.train.length} training rows, so there is no variation to learn from.`,
    )
  })

  it('count only where a row has weight', () => {
    const data = labels((y, weight) => {
      for (const row of split.train) y[row] = 0.25
      y[lastRow] = 1
      weight[lastRow] = 0
    })
    expect(() => checkTrainingData(data, split, names)).toThrow(/no variation/)
    data.weight[lastRow] = 0.1
    expect(checkTrainingData(data, split, names)).toEqual([])
  })
})
