/** The learner stage by stage, in the manner of scikit-learn's tests of its histogram trees, then as a kind. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../../features/dataset.ts'
import { cutsOf, greatestFloat } from '../../../models/trees/bin-mapper.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../../models/trees/boost-checkpoint.ts'
import { gbdt } from '../../../models/trees/gbdt.ts'
import type { GbdtParams } from '../../../models/trees/gbdt-params.ts'
import { learn, type Learned } from '../../../models/trees/learner.ts'
import { createPredictor } from '../../../models/trees/predictor.ts'
import { goesLeft, treeFault, type Tree } from '../../../models/trees/tree.ts'
import type { ModelFiles } from '../../../models/kind.ts'
import { productSignal, splitSamples, syntheticDataset } from '../../support/dataset.ts'
import { fitContext, memoryCheckpoint } from '../../support/fit-context.ts'
import { learnTask } from '../../support/trees.ts'

const { signal } = new AbortController()
const defaults = gbdt.params.parse({})
/** Every row and feature in every tree: nothing random. */
const plain: GbdtParams = {
  ...defaults,
  subsample: 1,
  colsample_bytree: 1,
  min_child_weight: 1,
  n_estimators: 5,
}
/** One whole tree without penalties. */
const bare = {
  n_estimators: 1,
  learning_rate: 1,
  reg_lambda: 0,
  min_child_weight: 1,
  subsample: 1,
  colsample_bytree: 1,
}

const treesOf = (files: ModelFiles): Tree[] =>
  (JSON.parse(new TextDecoder().decode(files['model.json'])) as { trees: Tree[] }).trees

const cutValues = (values: readonly number[], bins: number): Float32Array =>
  cutsOf(Float32Array.from(values.toSorted((a, b) => a - b).flatMap((value) => [value, 1])), bins)

async function grow(
  X: readonly (readonly number[])[],
  y: readonly number[],
  params: Partial<GbdtParams> = {},
): Promise<Learned & { readonly predict: (rows: readonly (readonly number[])[]) => number[] }> {
  const task = learnTask({ X, y, params: { ...bare, ...params } })
  const learned = await learn(task, { signal, onProgress: () => undefined })
  const predictor = createPredictor({ trees: [...learned.trees], base: [...learned.base] })
  return {
    ...learned,
    predict: (rows) => {
      const matrix = {
        rows: rows.length,
        features: task.features,
        X: Float32Array.from(rows.flat()),
      }
      return [
        ...predictor.margins(
          matrix,
          Int32Array.from(rows, (_, row) => row),
        ),
      ]
    },
  }
}

describe('bins', () => {
  it('cut at every value but the least, if there are few', () => {
    expect(cutValues([1, 1, 2, 4, 4], 255)).toEqual(Float32Array.of(2, 4))
    expect(cutValues([7, 7], 255)).toEqual(new Float32Array(0))
    expect(cutValues([], 255)).toEqual(new Float32Array(0))
  })

  it('cut at quantiles, if there are many', () => {
    const range = Array.from({ length: 100 }, (_, i) => i)
    expect(cutValues(range, 4)).toEqual(Float32Array.of(25, 50, 75))
    // Half of the values are equal: they have one bin, the others share the rest.
    expect(
      cutValues(
        range.map((i) => Math.max(0, i - 50)),
        4,
      ),
    ).toEqual(Float32Array.of(1, 18, 34))
  })

  it('give a heavy value as much room as many light ones', () => {
    const pairs = Float32Array.of(0, 1, 1, 1, 2, 1, 3, 1, 4, 96)
    expect(cutsOf(pairs, 3)).toEqual(Float32Array.of(4))
    expect(cutsOf(Float32Array.of(0, 1, 1, 1, 2, 1, 3, 1, 4, 1), 3)).toHaveLength(2)
  })

  it('keep the order of values, separate them while there is room, and never cut at infinity', () => {
    const floats = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(floats, fc.integer({ min: 2, max: 255 }), (values, bins) => {
        const cuts = cutValues(values, bins)
        expect(cuts.length).toBeLessThan(bins)
        cuts.forEach((cut, k) => expect(cut).toBeGreaterThan(cuts[k - 1] ?? -Infinity))
        expect(cuts.every(Number.isFinite)).toBe(true)
        const distinct = new Set(values.map((value) => value + 0))
        if (distinct.size <= bins && !distinct.has(greatestFloat))
          expect(cuts).toHaveLength(distinct.size - 1)
      }),
    )
  })
})

describe('growth', () => {
  const matrix = syntheticDataset({
    rowsPerSymbol: 200,
    features: 3,
    missing: 0.1,
    signal: productSignal,
  })
  const X = Array.from(matrix.samples, (row) => [...matrix.X.subarray(3 * row, 3 * row + 3)])
  const y = Array.from(matrix.samples, (row) => matrix.y[row]!)
  const treeOf = async (params: Partial<GbdtParams> = {}): Promise<Tree> =>
    (await grow(X, y, { max_depth: 4, max_bin: 32, ...params })).trees[0]!

  it('recovers a function of three leaves exactly', async () => {
    // f0 < 2 → −3; else f1 = 0 → 1, f1 = 1 → 8.
    const rows = Array.from({ length: 240 }, (_, i) => [i % 5, i % 2, 0])
    const value = ([a, b]: readonly number[]): number => (a! < 2 ? -3 : b === 0 ? 1 : 8)
    const { trees, predict } = await grow(rows, rows.map(value), { max_depth: 2 })
    predict(rows).forEach((margin, i) => expect(margin).toBeCloseTo(value(rows[i]!), 6))
    const [tree] = trees
    expect(tree!.feature.filter((feature) => feature < 0)).toHaveLength(3)
    expect(tree!.threshold.filter((_, node) => tree!.feature[node]! >= 0).sort()).toEqual([1, 2])
  })

  it('conserves rows: the cover of each node is that of its children, and of the rows that reach it', async () => {
    const tree = await treeOf()
    const mean = y.reduce((sum, label) => sum + label, 0) / y.length
    const reached = tree.feature.map(() => ({ count: 0, sum: 0 }))
    X.forEach((row, i) => {
      for (let node = 0; ;) {
        reached[node]!.count++
        reached[node]!.sum += y[i]! - mean
        const feature = tree.feature[node]!
        if (feature < 0) break
        node = tree.left[node]! + (goesLeft(tree, node, row[feature]!) ? 0 : 1)
      }
    })
    expect(tree.feature.length).toBeGreaterThan(15)
    tree.feature.forEach((feature, node) => {
      const left = tree.left[node]!
      expect(tree.cover[node]).toBe(reached[node]!.count)
      if (feature >= 0) expect(tree.cover[node]).toBe(tree.cover[left]! + tree.cover[left + 1]!)
      // Without penalty a leaf of squared error is the mean of its rows.
      else expect(tree.value[node]).toBeCloseTo(reached[node]!.sum / reached[node]!.count, 6)
    })
  })

  it('keeps to its depth, its leaves, its least weight and its least gain', async () => {
    const tree = await treeOf({ max_depth: 2, min_child_weight: 30 })
    expect(tree.feature.length).toBeLessThanOrEqual(7)
    expect(Math.min(...tree.cover)).toBeGreaterThanOrEqual(30)
    expect((await treeOf({ gamma: 1e9 })).feature).toEqual([-1])
    for (const grow_policy of ['depthwise', 'lossguide'] as const) {
      const { feature } = await treeOf({ max_leaves: 5, max_depth: 0, grow_policy })
      expect(feature.filter((one) => one < 0)).toHaveLength(5)
    }
  })

  it('leaf-wise takes the greatest gains first', async () => {
    const few = await treeOf({ max_leaves: 6, max_depth: 0, grow_policy: 'lossguide' })
    const level = await treeOf({ max_leaves: 6, max_depth: 0, grow_policy: 'depthwise' })
    const gained = ({ gain }: Tree): number => gain.reduce((sum, one) => sum + one, 0)
    expect(gained(few)).toBeGreaterThan(gained(level))
  })

  it('prunes from the leaves up: a split stays if it gains enough, or if one below it does', async () => {
    // Only both together say the label: the root gains next to nothing, its children everything.
    const rows = Array.from({ length: 200 }, (_, i) => [i % 2, (i >> 1) % 2, 0])
    const labels = rows.map(([a, b]) => (a === b ? 1 : -1) + 0.02 * a!)
    const { trees } = await grow(rows, labels, { gamma: 20, max_depth: 2 })
    expect(trees[0]!.gain[0]).toBeLessThan(20)
    expect(trees[0]!.feature.filter((feature) => feature < 0)).toHaveLength(4)
    const tree = await treeOf({ gamma: 6 })
    expect(tree.feature.length).toBeLessThan((await treeOf()).feature.length)
    tree.feature.forEach((feature, node) => {
      const left = tree.left[node]!
      const leaves = feature >= 0 && tree.feature[left]! < 0 && tree.feature[left + 1]! < 0
      if (leaves) expect(tree.gain[node]).toBeGreaterThanOrEqual(6)
    })
  })

  it('does not depend on how many histograms are held: what is given up is counted anew', async () => {
    // 5,000 features: four slots at most, against a tree of up to 64 leaves.
    const wide = X.slice(0, 120).map((row, i) =>
      Array.from({ length: 5_000 }, (_, k) => (k < 3 ? row[k]! : (i * (k + 7)) % 11 === 0 ? 1 : 0)),
    )
    const narrow = X.slice(0, 120)
    const labels = y.slice(0, 120)
    const params = { max_depth: 6, max_bin: 32 }
    const few = await grow(
      wide.map((row) => row.map((v, k) => (k < 3 ? v : 0))),
      labels,
      params,
    )
    expect(few.trees).toEqual((await grow(narrow, labels, params)).trees)
  })

  it('knows what to do with NaN beside infinite values', async () => {
    const rows = [[-Infinity], [0], [1], [Infinity], [NaN]]
    for (const wanted of [
      (x: number) => x === Infinity,
      (x: number) => x === -Infinity,
      (x: number) => Number.isNaN(x),
      (x: number) => !Number.isFinite(x),
    ]) {
      const labels = rows.map(([x]) => (wanted(x!) ? 1 : 0))
      const { predict } = await grow(rows, labels, { max_depth: 3 })
      predict(rows).forEach((margin, i) => expect(margin).toBeCloseTo(labels[i]!, 6))
    }
  })

  it('learns from one row, from one feature, and nothing from equal values', async () => {
    expect((await grow([[3]], [7])).predict([[9]])).toEqual([7])
    const { trees } = await grow([[1], [1], [1]], [1, 2, 3])
    expect(trees[0]!.feature).toEqual([-1])
    const { predict } = await grow([[0], [1], [0], [1]], [4, 6, 4, 6])
    expect(predict([[0], [1]])).toEqual([4, 6])
  })

  it('has the penalties in its weights: λ, α and the greatest step', async () => {
    const leaf = async (params: Partial<GbdtParams>): Promise<number> =>
      (await grow([[1], [1], [1], [1]], [1, 2, 3, 6], { base_score: 0, ...params })).trees[0]!
        .value[0]!
    expect(await leaf({})).toBe(3)
    expect(await leaf({ reg_lambda: 2 })).toBe(2)
    expect(await leaf({ reg_alpha: 4 })).toBe(2)
    expect(await leaf({ max_delta_step: 0.5 })).toBe(0.5)
    expect(await leaf({ learning_rate: 0.5 })).toBe(1.5)
  })

  it('finds the same splits by the general search as by the compiled one', async () => {
    // So small a penalty changes no choice, but the search for it is another.
    const rules = { max_depth: 5, reg_lambda: 3, min_child_weight: 4 }
    const [compiled, general] = [await treeOf(rules), await treeOf({ ...rules, reg_alpha: 1e-12 })]
    expect(compiled.feature.length).toBeGreaterThan(15)
    for (const part of ['feature', 'threshold', 'missingLeft', 'left'] as const)
      expect(general[part]).toEqual(compiled[part])
    general.gain.forEach((gain, node) => expect(gain).toBeCloseTo(compiled.gain[node]!, 6))
  })

  it('draws features for the tree, the level and the node', async () => {
    const rows = Array.from({ length: 300 }, (_, i) =>
      Array.from({ length: 8 }, (_, k) => (i * (k + 3)) % 17),
    )
    const labels = rows.map((row) =>
      row.reduce((sum, value, k) => sum + Math.sin(value * (k + 1)), 0),
    )
    const usedBy = async (params: Partial<GbdtParams>): Promise<Set<number>[]> =>
      (await grow(rows, labels, { n_estimators: 6, max_depth: 3, ...params })).trees.map(
        ({ feature }) => new Set(feature.filter((one) => one >= 0)),
      )
    for (const used of await usedBy({ colsample_bytree: 0.25 }))
      expect(used.size).toBeLessThanOrEqual(2)
    const levels = await usedBy({ colsample_bylevel: 0.125 })
    for (const used of levels) expect(used.size).toBeLessThanOrEqual(3)
    const nodes = await usedBy({ colsample_bynode: 0.125 })
    expect(Math.max(...nodes.map((used) => used.size))).toBeGreaterThan(3)
  })
})

describe('categories', () => {
  const rows = Array.from({ length: 400 }, (_, i) => [i % 8 === 7 ? NaN : i % 8, i % 3])

  it('are parted one from the rest where there are few, optimally where there are many', async () => {
    const odd = (row: readonly number[]): number =>
      row[0] === 1 || row[0] === 4 || row[0] === 5 ? 1 : 0
    const params = { categorical_features: ['f0'], max_depth: 1 }
    const many = await grow(rows, rows.map(odd), params)
    expect(many.predict(rows)).toEqual(rows.map(odd))
    expect(Object.values(many.trees[0]!.categories!)).toHaveLength(1)
    const few = await grow(
      rows,
      rows.map((row) => (row[0] === 4 ? 1 : 0)),
      {
        ...params,
        max_cat_to_onehot: 100,
      },
    )
    expect(few.trees[0]!.categories).toEqual({ 0: [4] })
    // Without being told, the codes are numbers, and one threshold does not part them.
    expect((await grow(rows, rows.map(odd), { max_depth: 1 })).predict(rows)).not.toEqual(
      rows.map(odd),
    )
  })

  it('have a learned side for what is missing, and refuse what is no category', async () => {
    const missing = rows.map((row) => (Number.isNaN(row[0]) || row[0] === 2 ? 5 : 0))
    const { predict } = await grow(rows, missing, { categorical_features: ['f0'], max_depth: 1 })
    expect(predict(rows)).toEqual(missing)
    await expect(grow([[0.5], [1]], [0, 1], { categorical_features: ['f0'] })).rejects.toThrow(
      /f0 at row 0 must be a category.*0\.5/,
    )
  })
})

describe('gbdt', () => {
  const dataset = syntheticDataset({
    rowsPerSymbol: 300,
    features: 4,
    missing: 0.05,
    signal: productSignal,
  })
  const { before, after } = splitSamples(dataset, 0.8)

  it('with one split and no penalty predicts the two means', async () => {
    const step = {
      ...dataset,
      X: Float32Array.from({ length: dataset.X.length }, (_, cell) => (cell >> 2) % 5),
      features: dataset.features,
    }
    const labelled = {
      ...step,
      y: step.y.map((value, row) => (Number.isNaN(value) ? NaN : row % 5 < 2 ? 10 : 16)),
    }
    const params = { ...plain, n_estimators: 1, learning_rate: 1, max_depth: 1, reg_lambda: 0 }
    const model = await gbdt.fit(labelled, params, fitContext(before))
    const { prediction } = await model.predict(labelled, Int32Array.of(0, 1, 2, 3, 4))
    ;[10, 10, 16, 16, 16].forEach((expected, row) =>
      expect(prediction[row]).toBeCloseTo(expected, 5),
    )
  })

  it('lowers the training loss every round', async () => {
    const fit = async (data: Dataset, train: Int32Array): Promise<number[]> => {
      const losses: number[] = []
      const context = fitContext(train, {
        onProgress: ({ trainLoss }) => {
          losses.push(trainLoss!)
          return undefined
        },
      })
      await gbdt.fit(data, { ...plain, n_estimators: 20, max_bin: 8 }, context)
      return losses
    }
    const losses = await fit(dataset, before)
    losses.slice(1).forEach((loss, i) => expect(loss).toBeLessThan(losses[i]!))
  })

  it('ignores rows of weight 0', async () => {
    const weight = dataset.weight.map((_, row) => (row % 3 === 0 ? 0 : 1))
    const weighted = await gbdt.fit({ ...dataset, weight }, defaults, fitContext(before))
    const removed = await gbdt.fit(
      dataset,
      defaults,
      fitContext(before.filter((row) => row % 3 !== 0)),
    )
    expect(weighted.save()).toEqual(removed.save())
  })

  it('does not depend on the units of a feature', async () => {
    const scaled = {
      ...dataset,
      X: dataset.X.map((value, cell) => (cell % 4 === 1 ? value * 1024 : value)),
    }
    const [a, b] = [
      await gbdt.fit(dataset, plain, fitContext(before)),
      await gbdt.fit(scaled, plain, fitContext(before)),
    ]
    expect(await b.predict(scaled, after)).toEqual(await a.predict(dataset, after))
  })

  it('learns from what is missing', async () => {
    const holes = {
      ...dataset,
      y: dataset.y.map((value, row) => value * 0 + (Number.isNaN(dataset.X[4 * row]!) ? 5 : -1)),
    }
    const model = await gbdt.fit(
      holes,
      { ...plain, n_estimators: 100, learning_rate: 0.3 },
      fitContext(before),
    )
    const { prediction } = await model.predict(holes, after)
    after.forEach((row, i) => expect(prediction[i]).toBeCloseTo(holes.y[row]!, 0))
  })

  it('stops early and keeps the trees of the best round', async () => {
    const losses: number[] = []
    const noise = syntheticDataset({ rowsPerSymbol: 300, signal: () => 0, noise: 1 })
    const split = splitSamples(noise, 0.7)
    const params = { ...plain, n_estimators: 200, learning_rate: 0.2, early_stopping_rounds: 7 }
    const context = fitContext(split.before, {
      validation: split.after,
      onProgress: ({ validationLoss }) => {
        losses.push(validationLoss!)
        return undefined
      },
    })
    const model = await gbdt.fit(noise, params, context)
    const best = losses.indexOf(Math.min(...losses))
    expect(losses.length).toBe(best + 1 + 7)
    expect(treesOf(model.save())).toHaveLength(best + 1)
    const shorter = await gbdt.fit(
      noise,
      { ...params, n_estimators: best + 1 },
      fitContext(split.before),
    )
    expect(shorter.save()).toEqual(model.save())
  })

  it('adds trees to an initial model, in its units', async () => {
    const first = await gbdt.fit(dataset, { ...plain, n_estimators: 10 }, fitContext(before))
    const context = fitContext(before, { initial: first.save() })
    const more = await gbdt.fit(dataset, { ...plain, n_estimators: 10 }, context)
    const whole = await gbdt.fit(dataset, { ...plain, n_estimators: 20 }, fitContext(before))
    expect(more.save()).toEqual(whole.save())
    const other = { ...dataset, features: ['a', 'b', 'c', 'd'] }
    await expect(gbdt.fit(other, plain, context)).rejects.toThrow(/initial model/)
  })

  it('goes on from a checkpoint as if it had never stopped, early stopping included', async () => {
    const params = {
      ...defaults,
      n_estimators: 120,
      min_child_weight: 5,
      early_stopping_rounds: 15,
      learning_rate: 0.2,
    }
    const whole = memoryCheckpoint()
    const undisturbed = await gbdt.fit(
      dataset,
      params,
      fitContext(before, { validation: after, checkpoint: whole }),
    )
    expect(whole.states.length).toBeGreaterThan(0)
    for (const state of whole.states) {
      const context = fitContext(before, { validation: after, checkpoint: memoryCheckpoint(state) })
      expect((await gbdt.fit(dataset, params, context)).save()).toEqual(undisturbed.save())
    }
  })

  it('draws rows and features: each tree from its own, the shares it was told', async () => {
    const params = {
      ...plain,
      subsample: 0.5,
      colsample_bytree: 0.5,
      n_estimators: 40,
      max_depth: 2,
    }
    const trees = treesOf((await gbdt.fit(dataset, params, fitContext(before))).save())
    const covers = trees.map((tree) => tree.cover[0]!)
    const mean = covers.reduce((a, b) => a + b, 0) / covers.length
    // Half of the rows, within four standard errors of a mean of 40 binomial counts.
    expect(Math.abs(mean - before.length / 2)).toBeLessThan(4 * Math.sqrt(before.length / 4 / 40))
    expect(new Set(covers).size).toBeGreaterThan(10)
    for (const tree of trees)
      expect(new Set(tree.feature.filter((feature) => feature >= 0)).size).toBeLessThanOrEqual(2)
    expect(new Set(trees.flatMap((tree) => tree.feature))).toEqual(new Set([-1, 0, 1, 2, 3]))
  })

  it('is less moved by an outlier under the pseudo-Huber objective', async () => {
    const spoiled = {
      ...dataset,
      y: dataset.y.map((value, row) => (row === before[10] ? 1e3 : value)),
    }
    const pull = async (objective: GbdtParams['objective']): Promise<number> => {
      const model = await gbdt.fit(
        spoiled,
        { ...plain, objective, n_estimators: 30 },
        fitContext(before),
      )
      const { prediction } = await model.predict(spoiled, before.subarray(10, 11))
      return prediction[0]!
    }
    expect(await pull('reg:pseudohubererror')).toBeLessThan((await pull('reg:squarederror')) / 2)
  })

  it('refuses trees that lead outside themselves, and another fit’s checkpoint', async () => {
    const leaf: Tree = {
      feature: [-1],
      threshold: [0],
      missingLeft: [0],
      left: [0],
      value: [1],
      gain: [0],
      cover: [1],
    }
    expect(treeFault(leaf, 1)).toBeUndefined()
    expect(treeFault({ ...leaf, feature: [0], left: [0] }, 1)).toMatch(/outside/)
    expect(treeFault({ ...leaf, feature: [3], left: [1] }, 2)).toMatch(/feature 3 of 2/)
    expect(treeFault({ ...leaf, value: [] }, 1)).toMatch(/length/)
    const bytes = encodeCheckpoint([leaf], 'a fit')
    expect(decodeCheckpoint(bytes, 'a fit', 1)).toEqual([leaf])
    expect(() => decodeCheckpoint(bytes, 'another', 1)).toThrow(/another fit/)
    expect(() => decodeCheckpoint(bytes.subarray(5), 'a fit', 1)).toThrow(/unreadable/)
    const model = await gbdt.fit(dataset, plain, fitContext(before))
    const broken = new TextDecoder()
      .decode(model.save()['model.json'])
      .replace(/"left":\[\d+/, '"left":[0')
    await expect(
      gbdt.load({ 'model.json': new TextEncoder().encode(broken) }),
    ).rejects.toMatchObject({ code: 'INTEGRITY' })
  })
})
