import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../../features/dataset.ts'
import { evaluatePredictions } from '../../../models/evaluation/metrics.ts'
import { lstm, lstmDefinition } from '../../../models/networks/kinds/lstm.ts'
import { fitNetwork } from '../../../models/networks/network-kind.ts'
import {
  decodeState,
  encodeState,
  initialState,
} from '../../../models/networks/training/training-state.ts'
import { fixedPace } from '../../../models/runtime/pace.ts'
import { laggedSignal, splitSamples, syntheticDataset } from '../../support/dataset.ts'
import { fitContext } from '../../support/fit-context.ts'

const quick = lstm.params.parse({ window: 4, hidden: 8, maxEpochs: 3, batchSize: 16 })

describe('lstm', () => {
  const dataset = syntheticDataset({
    rowsPerSymbol: 150,
    features: 3,
    window: 4,
    signal: laggedSignal,
    missing: 0.05,
  })
  const { before, after } = splitSamples(dataset, 0.8)

  it('has the same bytes however many steps a run has', async () => {
    const files = []
    for (const steps of [1, 3, 1000]) {
      const context = fitContext(before, { validation: after })
      const model = await fitNetwork(lstmDefinition, dataset, quick, context, {
        pace: fixedPace(steps),
      })
      files.push(model.save())
      await model.dispose()
    }
    expect(files[1]).toEqual(files[0])
    expect(files[2]).toEqual(files[0])
  })

  it('finds a signal that lies rows back, on later rows', async () => {
    const planted = syntheticDataset({
      rowsPerSymbol: 900,
      features: 3,
      window: 4,
      signal: laggedSignal,
      scale: 0.02,
      offset: 5,
    })
    const split = splitSamples(planted, 0.8)
    const params = { ...quick, maxEpochs: 30, learningRate: 0.01 }
    const model = await lstm.fit(
      planted,
      params,
      fitContext(split.before, { validation: split.after }),
    )
    expect(await score(model, planted, split.after)).toBeGreaterThan(0.8)
    await model.dispose()
  })

  it('names the step at which it diverged', async () => {
    const fit = lstm.fit(dataset, { ...quick, learningRate: 1e38 }, fitContext(before))
    await expect(fit).rejects.toMatchObject({
      code: 'DIVERGED',
      message: expect.stringMatching(/step \d+/) as string,
    })
  })

  it('reads a missing value as the training mean', async () => {
    const model = await lstm.fit(dataset, quick, fitContext(before))
    const mean = [0, 1, 2].map((column) => {
      const known = [...before]
        .map((row) => dataset.X[row * 3 + column]!)
        .filter((value) => !Number.isNaN(value))
      return known.reduce((a, b) => a + b, 0) / known.length
    })
    const filled = {
      ...dataset,
      X: dataset.X.map((value, cell) => (Number.isNaN(value) ? mean[cell % 3]! : value)),
    }
    const [a, b] = [await model.predict(dataset, after), await model.predict(filled, after)]
    a.prediction.forEach((value, i) => expect(b.prediction[i]).toBeCloseTo(value, 5))
    await model.dispose()
  })

  it('stops early and keeps the parameters of the best epoch', async () => {
    const losses: number[] = []
    const noise = syntheticDataset({
      rowsPerSymbol: 200,
      features: 6,
      window: 4,
      signal: () => 0,
      noise: 1,
    })
    const split = splitSamples(noise, 0.7)
    const fit = async (maxEpochs: number): Promise<Uint8Array> => {
      losses.length = 0
      const context = fitContext(split.before, {
        validation: split.after,
        onProgress: ({ validationLoss }) => {
          if (validationLoss !== undefined) losses.push(validationLoss)
          return undefined
        },
      })
      const model = await lstm.fit(
        noise,
        { ...quick, hidden: 16, learningRate: 0.02, maxEpochs, patience: 3 },
        context,
      )
      await model.dispose()
      return model.save()['model.onnx']!
    }
    const stopped = await fit(100)
    const best = losses.indexOf(Math.min(...losses))
    expect(losses.length).toBeLessThan(100)
    expect(best).toBe(losses.length - 1 - 3)
    expect(await fit(best + 1)).toEqual(stopped)
    expect(await fit(best + 2)).toEqual(stopped)
  })

  it('starts from an initial model, and refuses one that does not fit', async () => {
    const first = async (initial?: Awaited<ReturnType<typeof lstm.fit>>): Promise<number> => {
      let loss = NaN
      const context = fitContext(before, {
        ...(initial && { initial: initial.save() }),
        onProgress: ({ trainLoss }) => {
          loss = trainLoss ?? NaN
          return 'stop'
        },
      })
      await (await lstm.fit(dataset, { ...quick, learningRate: 1e-6 }, context)).dispose()
      return loss
    }
    const trained = await lstm.fit(
      dataset,
      { ...quick, maxEpochs: 30, learningRate: 0.01 },
      fitContext(before),
    )
    expect(await first(trained)).toBeLessThan(0.7 * (await first()))
    const other = { ...quick, hidden: 9 }
    const fit = lstm.fit(dataset, other, fitContext(before, { initial: trained.save() }))
    await expect(fit).rejects.toThrow(/initial model/)
    await trained.dispose()
  })

  it('learns from a batch that is filled up as from a full one', async () => {
    const losses: number[][] = []
    for (const batchSize of [10, 16]) {
      const seen: number[] = []
      const context = fitContext(before.subarray(0, 10), {
        onProgress: ({ trainLoss }) => {
          seen.push(trainLoss!)
          return undefined
        },
      })
      await (await lstm.fit(dataset, { ...quick, batchSize }, context)).dispose()
      losses.push(seen)
    }
    losses[0]!.forEach((loss, i) => expect(losses[1]![i]).toBeCloseTo(loss, 5))
  })

  it('refuses a dataset whose windows are shorter', async () => {
    const fit = lstm.fit(dataset, { ...quick, window: 5 }, fitContext(before))
    await expect(fit).rejects.toThrow(/window of the dataset/)
  })
})

describe('the training state', () => {
  const shapes = { v: [3], m: [3], step: [] }
  const state = {
    ...initialState('a fit', Float32Array.of(1, -0, 3.5), shapes),
    epoch: 4,
    bestLoss: 0.25,
    curve: [
      { step: 1, trainLoss: 0.5, validationLoss: 0.4 },
      { step: 2, trainLoss: 0.3 },
    ],
    optimiser: {
      m: Float32Array.of(1, 2, 3),
      v: Float32Array.of(4, 5, 6),
      step: Float32Array.of(7),
    },
  }
  const decode = (bytes: Uint8Array, fit = 'a fit', parameters = 3): unknown =>
    decodeState(bytes, fit, { parameters, optimiser: shapes })

  it('comes back from its bytes', () => {
    expect(decode(encodeState(state))).toEqual(state)
  })

  it('refuses another fit, another size and cut bytes', () => {
    const bytes = encodeState(state)
    expect(() => decode(bytes, 'another')).toThrow(/another fit/)
    expect(() => decode(bytes, 'a fit', 4)).toThrow(/parameters/)
    expect(() => decode(bytes.subarray(0, 3))).toThrow(/3 bytes/)
    expect(() => decode(bytes.subarray(0, -4))).toThrow(/parameters/)
    bytes[6] = 0
    expect(() => decode(bytes)).toThrow(/unreadable/)
  })
})

async function score(
  model: Awaited<ReturnType<typeof lstm.fit>>,
  dataset: Dataset,
  rows: Int32Array,
): Promise<number> {
  const { prediction } = await model.predict(dataset, rows)
  const y = Float64Array.from(rows, (row) => dataset.y[row]!)
  return evaluatePredictions({ prediction, y, group: Int32Array.from(rows) }).ic ?? 0
}
