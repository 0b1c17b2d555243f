/** SHAP values against their definition, the mean over all orders of features, and what importance counts. */
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import { explainGbdt } from '../../../models/trees/explain/explain.ts'
import { importance } from '../../../models/trees/explain/importance.ts'
import { shapValues } from '../../../models/trees/explain/tree-shap.ts'
import { createPredictor } from '../../../models/trees/predictor.ts'
import { goesLeft, type Tree } from '../../../models/trees/tree.ts'
import { learnModel } from '../../support/trees.ts'

const X = Array.from({ length: 200 }, (_, i) => [
  Math.sin(i),
  i % 9 === 0 ? NaN : Math.cos(2 * i),
  (i % 7) / 7,
  Math.sin(5 * i),
])
const y = X.map(([a, b, c]) => a! * (Number.isNaN(b) ? 1 : b!) + 2 * c!)
const matrix = { rows: 200, features: ['f0', 'f1', 'f2', 'f3'], X: Float32Array.from(X.flat()) }
const rows = Int32Array.of(0, 3, 9, 50, 120)
const model = learnModel({
  X,
  y,
  params: { n_estimators: 6, max_depth: 5, min_child_weight: 1, reg_lambda: 0, learning_rate: 0.4 },
})

/** What a tree gives on average where only the features of `known` are known: the others split by cover. */
function expectation(
  tree: Tree,
  row: readonly number[],
  known: ReadonlySet<number>,
  node = 0,
): number {
  const feature = tree.feature[node]!
  if (feature < 0) return tree.value[node]!
  const left = tree.left[node]!
  if (known.has(feature)) {
    const next = goesLeft(tree, node, Math.fround(row[feature]!)) ? left : left + 1
    return expectation(tree, row, known, next)
  }
  const [a, b] = [left, left + 1].map((child) => expectation(tree, row, known, child))
  return (
    (a! * tree.cover[left]! + b! * tree.cover[left + 1]!) /
    (tree.cover[left]! + tree.cover[left + 1]!)
  )
}

const orders = (items: readonly number[]): number[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((one) =>
        orders(items.filter((other) => other !== one)).map((rest) => [one, ...rest]),
      )

describe('shapValues', () => {
  it('are the mean over all orders in which features become known', async () => {
    const { trees, base } = await model
    const values = shapValues({ trees, base }, matrix, rows)
    const all = orders([0, 1, 2, 3])
    rows.forEach((row, i) => {
      const expected = [0, 0, 0, 0]
      for (const order of all) {
        const known = new Set<number>()
        let before = trees.reduce((sum, tree) => sum + expectation(tree, X[row]!, known), 0)
        for (const feature of order) {
          known.add(feature)
          const after = trees.reduce((sum, tree) => sum + expectation(tree, X[row]!, known), 0)
          expected[feature]! += (after - before) / all.length
          before = after
        }
      }
      expected.forEach((value, feature) => expect(values[5 * i + feature]).toBeCloseTo(value, 9))
    })
  })

  it('add up to the margin, with the same base value for every row', async () => {
    const { trees, base } = await model
    const values = shapValues({ trees, base }, matrix, rows)
    const margins = createPredictor({ trees, base }).margins(matrix, rows)
    rows.forEach((_, i) => {
      const own = values.subarray(5 * i, 5 * i + 5)
      expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(margins[i]!, 9)
      expect(own[4]).toBe(values[4])
    })
  })
})

describe('importance', () => {
  it('counts splits, and means their gains and covers', async () => {
    const fitted = await model
    const found = importance(fitted)
    for (const { feature, gain, cover, weight } of found) {
      const column = fitted.features.indexOf(feature)
      const splits = fitted.trees.flatMap((tree) =>
        tree.feature.flatMap((one, node) => (one === column ? [{ tree, node }] : [])),
      )
      expect(weight).toBe(splits.length)
      const mean = (of: 'gain' | 'cover'): number =>
        splits.reduce((sum, { tree, node }) => sum + tree[of][node]!, 0) / splits.length
      expect(gain).toBeCloseTo(mean('gain'), 6)
      expect(cover).toBeCloseTo(mean('cover'), 6)
    }
    expect(
      found
        .map(({ feature }) => feature)
        .slice(0, 3)
        .sort(),
    ).toEqual(['f0', 'f1', 'f2'])
  })

  it('by permutation is 0 for what the model does not look at, and the same every time', async () => {
    const blind = await learnModel({
      X: X.map(([a, b, c]) => [a!, b!, c!, 0]),
      y,
      params: { n_estimators: 4, min_child_weight: 1 },
    })
    const all = Int32Array.from(X, (_, row) => row)
    const explain = (): ReturnType<typeof explainGbdt> =>
      explainGbdt(blind, { matrix, rows: all, rng: createRng(3) })
    const { features } = explain()
    expect(features.find(({ feature }) => feature === 'f3')).toMatchObject({
      permutation: 0,
      shap: 0,
      weight: 0,
    })
    for (const { feature, permutation } of features)
      if (feature !== 'f3') expect(permutation).toBeGreaterThan(0)
    expect(explain()).toEqual(explain())
  })
})
