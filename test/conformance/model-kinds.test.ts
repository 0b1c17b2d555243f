/** What every model kind promises, run over the table: adding a kind adds a line to `settings` and nothing else. */
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createRng } from '../../core/rng.ts'
import type { Dataset } from '../../features/dataset.ts'
import { evaluatePredictions } from '../../models/evaluation/metrics.ts'
import type { FittedModel, ModelFiles, ModelKind } from '../../models/kind.ts'
import { findKind, modelKinds } from '../../models/kinds.ts'
import {
  laggedSignal,
  linearSignal,
  productSignal,
  splitSamples,
  syntheticDataset,
  type SyntheticOptions,
} from '../support/dataset.ts'
import { fitContext, memoryCheckpoint } from '../support/fit-context.ts'

interface Settings {
  /** Small enough to fit in a fraction of a second. */
  readonly quick: Readonly<Record<string, number | string>>
  /** What it should be able to learn, and the correlation it should reach on later rows. */
  readonly signal: NonNullable<SyntheticOptions['signal']>
  readonly learn: Readonly<Record<string, number | string>>
  readonly skill: number
  /** Draws random numbers; a closed form does not. */
  readonly stochastic: boolean
}

const settings: Readonly<Record<string, Settings>> = {
  ridge: { quick: {}, signal: linearSignal, learn: {}, skill: 0.85, stochastic: false },
  gbdt: {
    quick: { n_estimators: 60, min_child_weight: 5, learning_rate: 0.1 },
    signal: productSignal,
    learn: { n_estimators: 300, learning_rate: 0.1 },
    skill: 0.7,
    stochastic: true,
  },
  'double-ensemble': {
    quick: { n_estimators: 30, num_models: 3, min_child_weight: 5, learning_rate: 0.1 },
    signal: productSignal,
    learn: { n_estimators: 100, learning_rate: 0.1 },
    skill: 0.7,
    stochastic: true,
  },
  mlp: {
    quick: { hidden: 8, maxEpochs: 4, batchSize: 32 },
    signal: productSignal,
    learn: { maxEpochs: 40, learningRate: 0.01, dropout: 0 },
    skill: 0.7,
    stochastic: true,
  },
  gru: {
    quick: {
      window: 4,
      hidden: 6,
      layers: 2,
      dropout: 0.2,
      pooling: 'attention',
      maxEpochs: 4,
      batchSize: 32,
    },
    signal: laggedSignal,
    learn: { window: 4, hidden: 12, maxEpochs: 20, learningRate: 0.01 },
    skill: 0.7,
    stochastic: true,
  },
  transformer: {
    quick: { window: 4, dim: 8, heads: 2, layers: 1, maxEpochs: 4, batchSize: 32 },
    signal: laggedSignal,
    learn: { window: 4, dim: 16, layers: 1, maxEpochs: 20, learningRate: 0.01, dropout: 0 },
    skill: 0.7,
    stochastic: true,
  },
  tcn: {
    quick: { window: 4, channels: 8, kernel: 2, maxEpochs: 4, batchSize: 32 },
    signal: laggedSignal,
    learn: { window: 4, channels: 16, kernel: 2, maxEpochs: 20, learningRate: 0.01, dropout: 0 },
    skill: 0.7,
    stochastic: true,
  },
  lstm: {
    quick: { window: 4, hidden: 6, maxEpochs: 4, batchSize: 32 },
    signal: laggedSignal,
    learn: { window: 4, hidden: 12, maxEpochs: 20, learningRate: 0.01 },
    skill: 0.7,
    stochastic: true,
  },
}

const window = 4
const dataset = syntheticDataset({
  symbols: 2,
  rowsPerSymbol: 120,
  features: 4,
  window,
  missing: 0.05,
  scale: 0.02,
  offset: 0.001,
})
const { before, after } = splitSamples(dataset, 0.7)

/** Copies of the columns that a test may spoil. */
function withColumns(change: (columns: Pick<Dataset, 'X' | 'y' | 'weight'>) => void): Dataset {
  const columns = { X: dataset.X.slice(), y: dataset.y.slice(), weight: dataset.weight.slice() }
  change(columns)
  return { ...dataset, ...columns }
}

it('has settings for each kind of the table, and finds each by name', () => {
  expect(Object.keys(settings).sort()).toEqual(modelKinds.map(({ name }) => name).sort())
  for (const kind of modelKinds) expect(findKind(kind.name)).toBe(kind)
  expect(() => findKind('lsmt')).toThrow(/no model kind lsmt. Known: lstm/)
})

describe.each(modelKinds.map((kind): [string, ModelKind] => [kind.name, kind]))(
  '%s',
  (name, kind) => {
    const { quick, signal, learn, skill, stochastic } = settings[name]!
    const params = kind.params.parse(quick)

    async function use<T>(
      fit: Promise<FittedModel>,
      run: (model: FittedModel) => Promise<T> | T,
    ): Promise<T> {
      const model = await fit
      try {
        return await run(model)
      } finally {
        await model.dispose()
      }
    }
    const filesOf = (fit: Promise<FittedModel>): Promise<ModelFiles> =>
      use(fit, (model) => model.save())
    const fit = (
      data = dataset,
      context = fitContext(before, { validation: after }),
    ): Promise<FittedModel> => kind.fit(data, params, context)

    it('describes itself: defaults for every parameter, none unknown, ranges that it accepts', () => {
      const defaults = kind.params.parse({})
      expect(() => kind.params.parse({ bogus: 1 })).toThrow(/bogus/)
      expect(kind.window(defaults)).toBeGreaterThanOrEqual(1)
      for (const [key, range] of Object.entries(kind.searchSpace)) {
        expect(Object.keys(defaults)).toContain(key)
        const values = range.type === 'choice' ? range.values : [range.low, range.high]
        for (const value of values) kind.params.parse({ [key]: value })
      }
    })

    it('gives the same bytes for the same seed, on any number of threads', async () => {
      const files = await filesOf(fit())
      expect(await filesOf(fit())).toEqual(files)
      expect(
        await filesOf(fit(dataset, fitContext(before, { validation: after, threads: 4 }))),
      ).toEqual(files)
    })

    it(
      stochastic
        ? 'gives other bytes for another seed'
        : 'gives the same bytes for another seed, since it draws nothing',
      async () => {
        const [a, b] = [1, 2].map((seed) =>
          filesOf(fit(dataset, fitContext(before, { validation: after, seed }))),
        )
        if (stochastic) expect(await a).not.toEqual(await b)
        else expect(await a).toEqual(await b)
      },
    )

    it('predicts the same, to the bit, after it was saved and loaded', async () => {
      await use(fit(), async (model) => {
        const expected = await model.predict(dataset, after)
        expect(expected.prediction.every(Number.isFinite)).toBe(true)
        await use(kind.load(model.save()), async (loaded) => {
          expect(await loaded.predict(dataset, after)).toEqual(expected)
          expect(loaded.save()).toEqual(model.save())
          expect([loaded.window, loaded.features, loaded.outputs]).toEqual([
            kind.window(params),
            dataset.features,
            ['prediction'],
          ])
        })
      })
    })

    it('predicts each sample by itself: alone, in another order, or twice', async () => {
      await use(fit(), async (model) => {
        const { prediction } = await model.predict(dataset, after)
        const shuffled = createRng(1).permutation(after.length)
        const again = await model.predict(
          dataset,
          shuffled.map((i) => after[i]!),
        )
        const alone = await model.predict(dataset, Int32Array.of(after[3]!))
        // Matrix products may group their sums by the number of rows: a rounding of float32 at most.
        const close = (a: number, b: number): void =>
          expect(Math.abs(a - b)).toBeLessThan(1e-6 * 0.02)
        shuffled.forEach((i, at) => close(again.prediction[at]!, prediction[i]!))
        close(alone.prediction[0]!, prediction[3]!)
        expect((await model.predict(dataset, new Int32Array(0))).prediction).toHaveLength(0)
      })
    })

    it('refuses other features, and rows outside the matrix', async () => {
      await use(fit(), async (model) => {
        const narrow = { ...dataset, features: ['f0', 'f1', 'f2'] }
        await expect(model.predict(narrow, after)).rejects.toMatchObject({ code: 'WRONG_WIDTH' })
        const swapped = { ...dataset, features: ['f1', 'f0', 'f2', 'f3'] }
        await expect(model.predict(swapped, after)).rejects.toMatchObject({ code: 'WRONG_WIDTH' })
        await expect(model.predict(dataset, Int32Array.of(dataset.rows))).rejects.toMatchObject({
          code: 'INVALID_VALUE',
        })
        const first = model.window - 2
        await expect(model.predict(dataset, Int32Array.of(first))).rejects.toMatchObject({
          code: 'INVALID_VALUE',
        })
      })
    })

    it('predicts from missing values and refuses infinite ones', async () => {
      await use(fit(), async (model) => {
        const row = after[5]!
        const empty = withColumns(({ X }) => X.fill(NaN))
        const { prediction } = await model.predict(empty, Int32Array.of(row))
        expect(Number.isFinite(prediction[0])).toBe(true)
        const infinite = withColumns(({ X }) => (X[row * 4 + 2] = -Infinity))
        await expect(model.predict(infinite, Int32Array.of(row))).rejects.toMatchObject({
          code: 'NOT_FINITE',
          details: { name: 'feature f2', value: '-Infinity', row },
        })
        const elsewhere = Int32Array.of(row + model.window)
        expect((await model.predict(infinite, elsewhere)).prediction).toHaveLength(1)
      })
    })

    it('refuses infinite features, labels and weights, and negative weights', async () => {
      const row = before[20]!
      const spoiled = {
        X: withColumns(({ X }) => (X[row * 4] = Infinity)),
        y: withColumns(({ y }) => (y[row] = Infinity)),
        missing: withColumns(({ y }) => (y[row] = NaN)),
        weight: withColumns(({ weight }) => (weight[row] = Infinity)),
      }
      for (const data of Object.values(spoiled))
        await expect(fit(data)).rejects.toMatchObject({ code: 'NOT_FINITE', details: { row } })
      await expect(fit(withColumns(({ weight }) => (weight[row] = -1)))).rejects.toThrow(
        /weight at row/,
      )
    })

    it('learns beside a constant and an empty column, which do not disturb it', async () => {
      const data = withColumns(({ X }) =>
        X.forEach((_, cell) => {
          if (cell % 4 === 2) X[cell] = 3.7
          if (cell % 4 === 3) X[cell] = NaN
        }),
      )
      await use(fit(data), async (model) => {
        const { prediction } = await model.predict(data, after)
        expect(prediction.every(Number.isFinite)).toBe(true)
        expect(new Set(prediction).size).toBeGreaterThan(1)
      })
    })

    it('learns its own label from a single row', async () => {
      const only = before.subarray(10, 11)
      await use(fit(dataset, fitContext(only)), async (model) => {
        const { prediction } = await model.predict(dataset, after)
        for (const value of prediction) expect(value).toBeCloseTo(dataset.y[only[0]!]!, 6)
      })
    })

    it('refuses a training set without rows or without weight', async () => {
      await expect(fit(dataset, fitContext(new Int32Array(0)))).rejects.toMatchObject({
        code: 'NO_ROWS',
      })
      await expect(fit(withColumns(({ weight }) => weight.fill(0)))).rejects.toMatchObject({
        code: 'NO_ROWS',
      })
    })

    it('learns a planted function of its inputs, and nothing from a shuffled label', async () => {
      const planted = syntheticDataset({
        rowsPerSymbol: 1000,
        features: 4,
        window,
        signal,
        noise: 0.5,
        scale: 0.02,
      })
      const split = splitSamples(planted, 0.8)
      const icOf = async (data: Dataset): Promise<number> =>
        use(
          kind.fit(
            data,
            kind.params.parse(learn),
            fitContext(split.before, { validation: split.after }),
          ),
          async (model) => {
            const { prediction } = await model.predict(data, split.after)
            const y = Float64Array.from(split.after, (row) => data.y[row]!)
            return evaluatePredictions({ prediction, y, group: split.after }).ic ?? 0
          },
        )
      expect(await icOf(planted)).toBeGreaterThan(skill)
      const order = createRng(3).permutation(planted.samples.length)
      const y = planted.y.slice()
      planted.samples.forEach((row, i) => (y[row] = planted.y[planted.samples[order[i]!]!]!))
      expect(Math.abs(await icOf({ ...planted, y }))).toBeLessThan(0.25)
    })

    it('never looks at a row that is neither trained on, nor validated on, nor in a window of those', async () => {
      const [train, validation] = [before.subarray(0, 60), after.subarray(5, 25)]
      const seen = new Set(
        [...train, ...validation].flatMap((row) =>
          Array.from({ length: window }, (_, lag) => row - lag),
        ),
      )
      const answered = new Set([...train, ...validation])
      const rng = createRng(9)
      const scrambled = withColumns(({ X, y, weight }) => {
        for (let row = 0; row < dataset.rows; row++) {
          if (!seen.has(row))
            for (let column = 0; column < 4; column++)
              X[row * 4 + column] = column === 0 ? Infinity : 1e6 * rng.normal()
          if (answered.has(row)) continue
          y[row] = 1e6 * rng.normal()
          weight[row] = 1e6
        }
      })
      const context = (): ReturnType<typeof fitContext> => fitContext(train, { validation })
      expect(await filesOf(fit(scrambled, context()))).toEqual(
        await filesOf(fit(dataset, context())),
      )
    })

    it('reports progress, and stops with a usable model when told to', async () => {
      const seen: number[] = []
      let total = 0
      const context = fitContext(before, {
        validation: after,
        onProgress: (progress) => {
          seen.push(progress.done)
          total = progress.total
          return 'stop'
        },
      })
      await use(fit(dataset, context), async (model) => {
        expect(seen).toHaveLength(1)
        expect(seen[0]).toBeGreaterThan(0)
        expect(seen[0]).toBeLessThanOrEqual(total)
        expect((await model.predict(dataset, after)).prediction.every(Number.isFinite)).toBe(true)
      })
    })

    it('ends within a second of an abort, saving nothing more', async () => {
      const long = syntheticDataset({
        symbols: 4,
        rowsPerSymbol: 3000,
        features: 12,
        window: kind.window(kind.params.parse({})),
      })
      for (const afterCalls of [0, 1, 5]) {
        const controller = new AbortController()
        const checkpoint = memoryCheckpoint()
        let calls = 0
        let abortedAt = performance.now()
        let saved = 0
        const abort = (): void => {
          if (controller.signal.aborted) return
          abortedAt = performance.now()
          saved = checkpoint.states.length
          controller.abort(new Error('the user changed their mind'))
        }
        // Aborted from outside where there is a turn of the event loop, and by the progress report that comes first otherwise.
        if (afterCalls === 0) setTimeout(abort, 1)
        const context = fitContext(long.samples, {
          signal: controller.signal,
          checkpoint,
          onProgress: () => {
            calls++
            if (calls >= afterCalls) abort()
            return undefined
          },
        })
        if (!stochastic) setTimeout(abort, 1)
        await expect(kind.fit(long, kind.params.parse({}), context)).rejects.toMatchObject({
          code: 'CANCELLED',
          cause: { message: 'the user changed their mind' },
        })
        // A second, and another one for a busy machine.
        expect(performance.now() - abortedAt).toBeLessThan(2_000)
        expect(checkpoint.states.length).toBeLessThanOrEqual(saved + 1)
      }
    })

    it('does not begin when the signal was aborted before', async () => {
      const context = fitContext(before, { signal: AbortSignal.abort() })
      await expect(fit(dataset, context)).rejects.toMatchObject({ code: 'CANCELLED' })
    })

    it('goes on from an interrupted fit to the bytes of an undisturbed one', async () => {
      const undisturbed = await filesOf(fit())
      const checkpoint = memoryCheckpoint()
      const controller = new AbortController()
      const interrupted = fit(
        dataset,
        fitContext(before, {
          validation: after,
          checkpoint,
          signal: controller.signal,
          onProgress: ({ done, total }) => {
            if (done >= 0.6 * total) controller.abort()
            return undefined
          },
        }),
      )
      await expect(interrupted).rejects.toMatchObject({ code: 'CANCELLED' })
      if (stochastic) expect(checkpoint.states.length).toBeGreaterThan(0)
      const apart = Math.ceil(checkpoint.states.length / 8)
      for (const state of checkpoint.states.filter((_, k) => k % apart === 0)) {
        const context = fitContext(before, {
          validation: after,
          checkpoint: memoryCheckpoint(state),
        })
        expect(await filesOf(fit(dataset, context))).toEqual(undisturbed)
      }
      const other = checkpoint.states.at(-1)
      if (other === undefined) return
      const foreign = fitContext(before.subarray(1), { checkpoint: memoryCheckpoint(other) })
      await expect(fit(dataset, foreign)).rejects.toMatchObject({ code: 'INTEGRITY' })
    })

    it('refuses files that are not its own', async () => {
      await expect(kind.load({})).rejects.toMatchObject({ code: 'INTEGRITY' })
      const junk = new TextEncoder().encode('{"format":"another"}')
      await expect(kind.load({ 'model.json': junk })).rejects.toMatchObject({ code: 'INTEGRITY' })
    })

    it('predicts no more once disposed, and may be disposed twice', async () => {
      const model = await fit()
      await model.dispose()
      await model.dispose()
      await expect(model.predict(dataset, after)).rejects.toMatchObject({ code: 'CONFLICT' })
    })

    it('gives the same bytes in a worker thread', async () => {
      const support = new URL('../support/', import.meta.url).href
      const kinds = new URL('../../models/kinds.ts', import.meta.url).href
      const code = `
      import('tsx/esm/api').then(async ({ register }) => {
        register()
        const { parentPort, workerData } = await import('node:worker_threads')
        const { findKind } = await import(workerData.kinds)
        const { fitContext } = await import(workerData.support + 'fit-context.ts')
        const { name, dataset, params, before, after } = workerData
        const model = await findKind(name).fit(dataset, params, fitContext(before, { validation: after }))
        const { prediction } = await model.predict(dataset, after)
        parentPort.postMessage({ files: model.save(), prediction })
        await model.dispose()
      })`
      const worker = new Worker(code, {
        eval: true,
        workerData: { kinds, support, name, dataset, params, before, after },
      })
      const result = await new Promise<{ files: ModelFiles; prediction: Float64Array }>(
        (resolve, reject) => {
          worker.once('message', resolve)
          worker.once('error', reject)
        },
      )
      await new Promise((resolve) => worker.once('exit', resolve))
      await use(fit(), async (model) => {
        expect(Object.keys(result.files)).toEqual(Object.keys(model.save()))
        for (const [file, bytes] of Object.entries(model.save()))
          expect(Buffer.compare(bytes, result.files[file]!)).toBe(0)
        expect(result.prediction).toEqual((await model.predict(dataset, after)).prediction)
      })
    })
  },
)
