/** Objectives: gradients are the derivatives of the losses, starts are where they vanish on average, labels out of their domain are refused. */
import { describe, expect, it } from 'vitest'
import { gbdtParams, type GbdtParams } from '../../../models/trees/gbdt-params.ts'
import { gbdt } from '../../../models/trees/gbdt.ts'
import { learn } from '../../../models/trees/learner.ts'
import { findMetric } from '../../../models/trees/objectives/metrics.ts'
import { weightedQuantile, type Objective } from '../../../models/trees/objectives/objective.ts'
import { createObjective } from '../../../models/trees/objectives/objectives.ts'
import { createPredictor } from '../../../models/trees/predictor.ts'
import { syntheticDataset } from '../../support/dataset.ts'
import { fitContext } from '../../support/fit-context.ts'
import { learnModel, learnTask } from '../../support/trees.ts'

const rows = 6
const weights = Float64Array.of(1, 2, 0.5, 1, 1, 3)

function dataFor(objective: Objective, labels: readonly number[]) {
  const { outputs } = objective
  return {
    layout: { rows, trainRows: rows },
    margins: Float64Array.from({ length: outputs * rows }, (_, k) => Math.sin(k + 1)),
    labels: Float64Array.from(labels),
    weights,
    pairs: new Float32Array(2 * outputs * rows),
  }
}

/** The metric of one row, times its weight, as a function of one margin. */
const cases: readonly [string, Partial<GbdtParams>, readonly number[], number][] = [
  // rmse is the root; its square is twice the loss.
  ['reg:pseudohubererror', { huber_slope: 0.7 }, [0, 1, -2, 3, 0.5, 1], 1],
  ['binary:logistic', {}, [0, 1, 1, 0, 1, 0], 1],
  ['count:poisson', {}, [0, 1, 4, 2, 0, 3], 1],
  ['multi:softprob', { num_class: 3 }, [0, 1, 2, 2, 1, 0], 1],
  ['reg:quantileerror', { quantile_alpha: [0.2, 0.7] }, [0, 1, -2, 3, 0.5, 1], 2],
  ['reg:absoluteerror', {}, [0, 1, -2, 3, 0.5, 1], 1],
]

describe.each(cases)('%s', (name, params, labels, outputsInMetric) => {
  const parsed = gbdtParams.parse({ objective: name, ...params })
  const objective = createObjective(parsed)
  const data = dataFor(objective, labels)
  const metric = findMetric(objective.metric)
  const loss = (row: number): number =>
    outputsInMetric *
    weights[row]! *
    metric.value(
      { margins: data.margins, rows, labels: data.labels, weights, from: row, to: row + 1 },
      objective,
      parsed,
    )

  it('has the slope of its metric as gradient', () => {
    objective.gradients(data, 0, rows)
    for (let output = 0; output < objective.outputs; output++) {
      for (let row = 0; row < rows; row++) {
        const at = output * rows + row
        const kept = data.margins[at]!
        const step = 1e-5
        data.margins[at] = kept + step
        const above = loss(row)
        data.margins[at] = kept - step
        const below = loss(row)
        data.margins[at] = kept
        expect(data.pairs[2 * at]).toBeCloseTo((above - below) / (2 * step), 3)
        expect(data.pairs[2 * at + 1]).toBeGreaterThan(0)
      }
    }
  })

  it('refuses labels that it has no loss for', async () => {
    if (objective.domain === undefined) return
    const task = learnTask({
      X: [[1], [2]],
      y: [-1, 0.5],
      params: { objective: parsed.objective, ...params },
    })
    await expect(
      learn(task, { signal: new AbortController().signal, onProgress: () => undefined }),
    ).rejects.toThrow(`a label for ${name} must be ${objective.domain.name}`)
  })
})

describe('quantiles', () => {
  it('lie between the values with equal weights, and at a value with others', () => {
    const values = Float64Array.of(4, 1, 3, 2)
    const equal = new Float64Array(4).fill(2)
    expect(weightedQuantile(values, equal, 0.5)).toBe(2.5)
    expect(weightedQuantile(values, equal, 0.01)).toBe(1)
    expect(weightedQuantile(values, equal, 0.99)).toBe(4)
    expect(weightedQuantile(values, Float64Array.of(10, 1, 1, 1), 0.5)).toBe(4)
  })

  it('are learned: about the share alpha of the labels lies below each', async () => {
    const X = Array.from({ length: 1_000 }, (_, i) => [i % 20])
    const y = X.map(([x], i) => x! + ((i * 7_919) % 1_000) / 100)
    const { trees, base } = await learnModel({
      X,
      y,
      params: {
        objective: 'reg:quantileerror',
        quantile_alpha: [0.1, 0.9],
        n_estimators: 60,
        learning_rate: 0.3,
        min_child_weight: 1,
      },
    })
    const matrix = { rows: 1_000, features: ['f0'], X: Float32Array.from(X.flat()) }
    const margins = createPredictor({ trees, base }).margins(
      matrix,
      Int32Array.from(X, (_, row) => row),
    )
    for (const [k, alpha] of [0.1, 0.9].entries()) {
      const below = y.filter((label, row) => label < margins[2 * row + k]!).length
      expect(Math.abs(below / 1_000 - alpha)).toBeLessThan(0.03)
    }
  })
})

describe('ranking', () => {
  const moments = 60
  const X = Array.from({ length: moments * 10 }, (_, i) => [
    Math.sin(i * 1.7),
    Math.cos(i),
    Math.floor(i / 10),
  ])
  const groups = X.map((_, i) => Math.floor(i / 10))
  /** Only the order within a moment follows f0; moments differ by far more. */
  const grade = X.map(([a]) => Math.min(4, Math.floor((a! + 1) * 2.5)))

  it.each(['rank:pairwise', 'rank:ndcg'] as const)(
    '%s orders the rows of a moment',
    async (objective) => {
      const params = {
        objective,
        n_estimators: 40,
        learning_rate: 0.3,
        min_child_weight: 0.1,
        reg_lambda: 1,
      }
      const { trees, base } = await learnModel({ X, y: grade, groups, params })
      const matrix = {
        rows: X.length,
        features: ['f0', 'f1', 'f2'],
        X: Float32Array.from(X.flat()),
      }
      const margins = createPredictor({ trees, base }).margins(
        matrix,
        Int32Array.from(X, (_, row) => row),
      )
      const ndcg = findMetric('ndcg').value(
        {
          ...{ margins, rows: X.length, labels: Float64Array.from(grade) },
          ...{ weights: new Float64Array(X.length).fill(1), from: 0, to: X.length },
          group: Int32Array.from(groups),
        },
        createObjective(gbdtParams.parse({ objective })),
        gbdtParams.parse({}),
      )
      expect(ndcg).toBeGreaterThan(0.97)
    },
  )

  it('pairwise takes any number, and compares only within a moment', async () => {
    const returns = X.map(([a], i) => 0.01 * a! + groups[i]!)
    const params = {
      objective: 'rank:pairwise',
      n_estimators: 20,
      min_child_weight: 0.1,
      learning_rate: 0.3,
    } as const
    const own = await learnModel({ X, y: returns, groups, params })
    const level = await learnModel({ X, y: X.map(([a]) => 0.01 * a!), groups, params })
    expect(own.trees).toEqual(level.trees)
  })
})

describe('a loss of one’s own', () => {
  it('is learned from its gradients: squared error comes out as squared error', async () => {
    const X = Array.from({ length: 200 }, (_, i) => [Math.sin(i), i % 5])
    const task = learnTask({
      X,
      y: X.map(([a, b]) => a! * b!),
      params: { n_estimators: 5, min_child_weight: 1 },
    })
    const context = { signal: new AbortController().signal, onProgress: () => undefined }
    const own: Objective = {
      name: 'mine',
      outputs: 1,
      metric: 'rmse',
      alone: true,
      start: () => [2],
      gradients({ margins, labels, pairs }, from, to) {
        for (let row = from; row < to; row++) pairs.set([margins[row]! - labels[row]!, 1], 2 * row)
      },
      transform: () => undefined,
    }
    const mine = await learn(task, { ...context, objective: own })
    const known = await learn({ ...task, params: { ...task.params, base_score: 2 } }, context)
    expect(mine.trees).toEqual(known.trees)
  })
})

describe('contradictions', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'no depth and no leaves',
      { max_depth: 0 },
      /max_depth must be at least 1 where max_leaves is 0/,
    ],
    ['classes without number', { objective: 'multi:softprob' }, /num_class must be at least 2/],
    [
      'an impossible base',
      { objective: 'binary:logistic', base_score: 1 },
      /base_score must be between 0 and 1/,
    ],
    ['quantiles out of order', { quantile_alpha: [0.9, 0.1] }, /quantile_alpha must be ascending/],
    [
      'order of categories',
      { categorical_features: ['f0'], monotone_constraints: { f0: 1 } },
      /no order/,
    ],
  ])('%s are named', async (_, params, message) => {
    const data = syntheticDataset({ rowsPerSymbol: 60, features: 2 })
    const coded = {
      ...data,
      X: data.X.map((value) => Math.abs(Math.round(value))),
      y: data.y.map((v) => (v > 0 ? 1 : v <= 0 ? 0 : NaN)),
    }
    await expect(
      gbdt.fit(coded, gbdt.params.parse(params), fitContext(data.samples)),
    ).rejects.toThrow(message)
  })

  it('more than 2³¹ cells are refused with a way out', async () => {
    const task = learnTask({ X: [[1]], y: [1] })
    const rows = { length: 2 ** 25 } as unknown as Int32Array
    const wide = {
      ...task,
      rows,
      trainRows: 2 ** 25,
      features: Array.from({ length: 65 }, (_, k) => `f${k}`),
    }
    await expect(
      learn(wide, { signal: new AbortController().signal, onProgress: () => undefined }),
    ).rejects.toThrow(/rows × features must be at most 2147483648 cells.*sample of the rows/)
  })
})
