import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../../features/dataset.ts'
import { binOf, cutsOf, fitBinMapper, missingBin } from '../../../models/trees/bin-mapper.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../../models/trees/boost-checkpoint.ts'
import { gbdt } from '../../../models/trees/gbdt.ts'
import type { GbdtParams } from '../../../models/trees/gbdt-params.ts'
import { addTree, growTree } from '../../../models/trees/grower.ts'
import { createPredictor } from '../../../models/trees/predictor.ts'
import { treeFault, type Tree } from '../../../models/trees/tree.ts'
import { createWorkspace, type Workspace } from '../../../models/trees/workspace.ts'
import type { ModelFiles } from '../../../models/kind.ts'
import { productSignal, splitSamples, syntheticDataset } from '../../support/dataset.ts'
import { fitContext, memoryCheckpoint } from '../../support/fit-context.ts'

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

const treesOf = (files: ModelFiles): Tree[] =>
  (JSON.parse(new TextDecoder().decode(files['model.json'])) as { trees: Tree[] }).trees

const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
  minLength: 1,
  maxLength: 40,
})

describe('bins', () => {
  it('cut midway between the distinct values, if there are few', () => {
    expect(cutsOf(Float32Array.of(1, 1, 2, 4, 4), 255)).toEqual(Float32Array.of(1.5, 3))
    expect(cutsOf(Float32Array.of(7, 7), 255)).toEqual(new Float32Array(0))
    expect(cutsOf(new Float32Array(0), 255)).toEqual(new Float32Array(0))
  })

  it('cut at quantiles, if there are many', () => {
    const sorted = Float32Array.from({ length: 100 }, (_, i) => i)
    expect(cutsOf(sorted, 4)).toEqual(Float32Array.of(24.5, 49.5, 74.5))
    // Half of the values are equal: one cut frees them, the others share the rest.
    expect(
      cutsOf(
        Float32Array.from({ length: 100 }, (_, i) => Math.max(0, i - 50)),
        4,
      ),
    ).toEqual(Float32Array.of(0.5, 24.5))
  })

  it('keep the order of values, and separate neighbours while there is room', () => {
    fc.assert(
      fc.property(floats, fc.integer({ min: 2, max: 255 }), (values, bins) => {
        const sorted = Float32Array.from(values).sort()
        const cuts = cutsOf(sorted, bins)
        expect(cuts.length).toBeLessThan(bins)
        for (let i = 1; i < sorted.length; i++) {
          const [a, b] = [binOf(cuts, sorted[i - 1]!), binOf(cuts, sorted[i]!)]
          expect(a).toBeLessThanOrEqual(b)
          if (new Set(sorted).size <= bins) expect(a === b).toBe(sorted[i - 1] === sorted[i])
        }
        // x < cut on the raw value and bin ≤ index on the bin are the same question.
        cuts.forEach((cut, bin) =>
          sorted.forEach((x) => expect(x < cut).toBe(binOf(cuts, x) <= bin)),
        )
      }),
    )
  })

  it('give a missing value its own', () => {
    expect(binOf(Float32Array.of(1), NaN)).toBe(missingBin)
  })
})

describe('growTree', () => {
  const matrix = syntheticDataset({
    rowsPerSymbol: 200,
    features: 3,
    missing: 0.1,
    signal: productSignal,
  })
  const { X, y, samples } = matrix
  const rows = samples.length
  const grow = async (rules = {}): Promise<{ tree: Tree; space: Workspace; add: () => void }> => {
    const mapper = await fitBinMapper(matrix, samples, { maxBins: 32, signal })
    const space = await createWorkspace(matrix, samples, mapper, {
      histograms: 6,
      nodes: 32,
      signal,
    })
    samples.forEach((row, i) => {
      space.gradients.set([-y[row]!, 1], 2 * i)
      space.rowList[i] = i
    })
    space.mask.fill(1)
    const all = { lambda: 0, gamma: 0, minChildWeight: 1, maxDepth: 4, learningRate: 1, ...rules }
    const tree = growTree(space, rows, mapper, all)
    return { tree, space, add: () => addTree(space, tree, mapper) }
  }

  it('conserves rows: the cover of each node is that of its children, and of the rows that reach it', async () => {
    const { tree } = await grow()
    const reached = tree.feature.map(() => ({ count: 0, sum: 0 }))
    for (const row of samples) {
      for (let node = 0; ;) {
        reached[node]!.count++
        reached[node]!.sum += y[row]!
        const feature = tree.feature[node]!
        if (feature < 0) break
        const x = X[row * 3 + feature]!
        const left = Number.isNaN(x) ? tree.missingLeft[node] === 1 : x < tree.threshold[node]!
        node = tree.left[node]! + (left ? 0 : 1)
      }
    }
    expect(tree.feature.length).toBeGreaterThan(15)
    tree.feature.forEach((feature, node) => {
      expect(tree.cover[node]).toBeCloseTo(reached[node]!.count, 9)
      // Without penalty a leaf of squared error is the mean of its rows.
      if (feature < 0)
        expect(tree.value[node]).toBeCloseTo(reached[node]!.sum / reached[node]!.count, 5)
    })
  })

  it('keeps to its depth, its least weight and its least gain', async () => {
    const { tree } = await grow({ maxDepth: 2, minChildWeight: 30 })
    expect(tree.feature.length).toBeLessThanOrEqual(7)
    expect(Math.min(...tree.cover)).toBeGreaterThanOrEqual(30)
    expect((await grow({ gamma: 1e9 })).tree.feature).toEqual([-1])
  })

  it('prunes from the leaves up: a split stays if it gains enough, or if one below it does', async () => {
    const gamma = 6
    const { tree } = await grow({ gamma })
    const whole = (await grow()).tree
    expect(tree.feature.length).toBeLessThan(whole.feature.length)
    tree.feature.forEach((feature, node) => {
      const left = tree.left[node]!
      const leaves = feature >= 0 && tree.feature[left]! < 0 && tree.feature[left + 1]! < 0
      if (leaves) expect(tree.gain[node]).toBeGreaterThanOrEqual(gamma)
    })
  })

  it('adds to the margins what the walker finds on the raw values, to the bit', async () => {
    const { tree, space, add } = await grow({ gamma: 3 })
    add()
    const walked = new Float64Array(rows)
    createPredictor([tree]).predict(matrix, samples, walked)
    expect(space.margins).toEqual(walked)
    expect(new Set(walked).size).toBeGreaterThan(4)
  })

  it('makes one leaf where nothing is left to gain, even without any least weight', async () => {
    const { tree } = await grow({ minChildWeight: 0, lambda: 0, maxDepth: 4 })
    expect(Math.min(...tree.cover)).toBeGreaterThanOrEqual(0.5)
    expect(tree.value.every(Number.isFinite)).toBe(true)
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

  it('recovers a function of three leaves exactly', async () => {
    // f0 < 2 → −3; else f1 = 0 → 1, f1 = 1 → 8: two splits, each leaf the label itself.
    const cells = Float32Array.from(
      dataset.X,
      (_, cell) => [(cell >> 2) % 5, (cell >> 2) % 2, 0, 0][cell % 4]!,
    )
    const value = (row: number): number => (row % 5 < 2 ? -3 : row % 2 === 0 ? 1 : 8)
    const known = {
      ...dataset,
      X: cells,
      y: dataset.y.map((y, row) => (Number.isNaN(y) ? NaN : value(row))),
    }
    const params = { ...plain, n_estimators: 1, learning_rate: 1, max_depth: 2, reg_lambda: 0 }
    const model = await gbdt.fit(known, params, fitContext(before))
    const { prediction } = await model.predict(known, after)
    after.forEach((row, i) => expect(prediction[i]).toBeCloseTo(value(row), 5))
    const [tree] = treesOf(model.save())
    expect(tree!.feature.filter((feature) => feature < 0)).toHaveLength(3)
    expect(tree!.threshold.filter((_, node) => tree!.feature[node]! >= 0).sort()).toEqual([
      0.5, 1.5,
    ])
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
