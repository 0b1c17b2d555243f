import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../../features/dataset.ts'
import { solveCholesky } from '../../../models/linear/cholesky.ts'
import { ridge } from '../../../models/linear/ridge.ts'
import { syntheticDataset } from '../../support/dataset.ts'
import { fitContext } from '../../support/fit-context.ts'

const defaults = ridge.params.parse({})

async function fitted(dataset: Dataset, params = {}, train = dataset.samples) {
  return ridge.fit(dataset, { ...defaults, ...params }, fitContext(train))
}

interface RidgeFile {
  coefficients: number[]
  intercept: number
  standardiser: { mean: number[]; deviation: number[] }
}
async function coefficients(
  dataset: Dataset,
  params = {},
  train = dataset.samples,
): Promise<RidgeFile> {
  const files = (await fitted(dataset, params, train)).save()
  return JSON.parse(new TextDecoder().decode(files['model.json'])) as RidgeFile
}

describe('solveCholesky', () => {
  it('solves what was multiplied', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }).chain((n) =>
          fc.record({
            B: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
              minLength: n * n,
              maxLength: n * n,
            }),
            x: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
              minLength: n,
              maxLength: n,
            }),
          }),
        ),
        ({ B, x }) => {
          const n = x.length
          const A = new Float64Array(n * n)
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < n; j++) {
              for (let k = 0; k < n; k++) A[i * n + j]! += B[i * n + k]! * B[j * n + k]!
              if (i === j) A[i * n + j]! += 1
            }
          }
          const b = Float64Array.from(x, (_, i) =>
            x.reduce((sum, value, j) => sum + A[i * n + j]! * value, 0),
          )
          const solved = solveCholesky(A, b)
          x.forEach((value, i) => expect(solved[i]).toBeCloseTo(value, 8))
        },
      ),
    )
  })

  it('refuses a matrix that is not positive definite', () => {
    expect(() => solveCholesky(Float64Array.of(1, 0, 2, 1), Float64Array.of(1, 1))).toThrow(
      /positive definite/,
    )
  })
})

describe('ridge', () => {
  it('has the coefficients of the closed form, worked by hand', async () => {
    // Features ±1 (mean 0, deviation 1), uncorrelated, y = 3 + 2 f0 − f1: each coefficient is divided by 1 + alpha.
    const base = syntheticDataset({ rowsPerSymbol: 5, features: 2 })
    const dataset = {
      ...base,
      X: Float32Array.of(1, 1, 1, -1, -1, 1, -1, -1, 0, 0),
      y: Float64Array.of(4, 6, 0, 2, NaN),
    }
    const file = await coefficients(dataset, { alpha: 0.25 })
    expect(file.coefficients[0]).toBeCloseTo(2 / 1.25, 12)
    expect(file.coefficients[1]).toBeCloseTo(-1 / 1.25, 12)
    expect(file.intercept).toBeCloseTo(3, 12)
  })

  it('agrees with gradient zero of its stated loss, weights and clipping included', async () => {
    const base = syntheticDataset({
      rowsPerSymbol: 80,
      features: 3,
      missing: 0.1,
      scale: 0.02,
      offset: 0.5,
    })
    const dataset = { ...base, weight: base.weight.map((_, row) => (row % 4) / 2) }
    const params = { alpha: 0.3, clip: 1.5 }
    const { coefficients: beta, standardiser } = await coefficients(dataset, params)
    const model = await fitted(dataset, params)
    const { prediction } = await model.predict(dataset, dataset.samples)
    // The gradient of the mean loss in each coefficient and in the intercept, in label units.
    const gradient = [0, 0, 0]
    let intercept = 0
    let total = 0
    dataset.samples.forEach((row, i) => {
      const w = dataset.weight[row]!
      const residual = w * (prediction[i]! - dataset.y[row]!)
      total += w
      intercept += residual
      for (let column = 0; column < 3; column++) {
        const value = dataset.X[row * 3 + column]!
        const z = (value - standardiser.mean[column]!) / standardiser.deviation[column]!
        gradient[column]! += residual * (Number.isNaN(z) ? 0 : Math.max(-1.5, Math.min(1.5, z)))
      }
    })
    expect(intercept / total).toBeCloseTo(0, 12)
    gradient.forEach((sum, column) => expect(sum / total + 0.3 * beta[column]!).toBeCloseTo(0, 12))
  })

  it('treats a weight of 2 as the row twice and a weight of 0 as no row', async () => {
    const dataset = syntheticDataset({ rowsPerSymbol: 40, features: 3 })
    const weight = dataset.weight.map((_, row) => [0, 1, 2][row % 3]!)
    const repeated = [...dataset.samples].flatMap((row) => Array<number>(weight[row]!).fill(row))
    const weighted = await coefficients({ ...dataset, weight })
    const duplicated = await coefficients(dataset, {}, Int32Array.from(repeated))
    weighted.coefficients.forEach((value, i) =>
      expect(value).toBeCloseTo(duplicated.coefficients[i]!, 12),
    )
    expect(weighted.intercept).toBeCloseTo(duplicated.intercept, 12)
  })

  it('does not depend on the units of a feature, and scales with those of the label', async () => {
    const dataset = syntheticDataset({ rowsPerSymbol: 60, features: 3 })
    const scaled = {
      ...dataset,
      X: dataset.X.map((value, cell) => (cell % 3 === 1 ? value * 1024 + 4096 : value)),
      y: dataset.y.map((value) => value * 8 - 3),
    }
    const a = await (await fitted(dataset)).predict(dataset, dataset.samples)
    const b = await (await fitted(scaled)).predict(scaled, dataset.samples)
    a.prediction.forEach((value, i) => expect(b.prediction[i]).toBeCloseTo(value * 8 - 3, 3))
  })

  it('gives a constant and an empty column the coefficient 0, whatever they hold later', async () => {
    const dataset = syntheticDataset({ rowsPerSymbol: 50, features: 4 })
    const spoiled = {
      ...dataset,
      X: dataset.X.map((value, cell) => [value, 0.1, NaN, value][cell % 4]!),
    }
    const file = await coefficients(spoiled)
    expect(file.coefficients.slice(1, 3)).toEqual([0, 0])
    const model = await fitted(spoiled)
    const first = (await model.predict(spoiled, dataset.samples)).prediction
    expect((await model.predict(dataset, dataset.samples)).prediction).toEqual(first)
  })
})
