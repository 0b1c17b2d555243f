/** What training does beside the gradient: batches, schedules, scaling, averages, outputs. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import { gru, gruDefinition } from '../../../models/networks/kinds/gru.ts'
import { lstm, lstmDefinition } from '../../../models/networks/kinds/lstm.ts'
import { mlp } from '../../../models/networks/kinds/mlp.ts'
import { coveringBlocks } from '../../../models/networks/kinds/tcn.ts'
import { transformer } from '../../../models/networks/kinds/transformer.ts'
import { fitNetwork } from '../../../models/networks/network-kind.ts'
import { emitScaling } from '../../../models/networks/network-graphs.ts'
import { dateBatches, sampleBatches } from '../../../models/networks/training/batches.ts'
import { lineWithinDates } from '../../../models/networks/training/finish.ts'
import { rateFactor } from '../../../models/networks/training/schedule.ts'
import { endEpoch } from '../../../models/networks/training/trainer.ts'
import { initialState } from '../../../models/networks/training/training-state.ts'
import { trainingParams } from '../../../models/networks/training-params.ts'
import { fitScaler } from '../../../models/preprocessing/scaler.ts'
import { openOnnxSession } from '../../../models/runtime/onnx-session.ts'
import { fixedPace } from '../../../models/runtime/pace.ts'
import { evaluatePredictions } from '../../../models/evaluation/metrics.ts'
import { linearSignal, splitSamples, syntheticDataset } from '../../support/dataset.ts'
import { fitContext, memoryCheckpoint } from '../../support/fit-context.ts'

describe('batches', () => {
  it('hold every sample once an epoch, in another order each epoch', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), (n, size) => {
        const samples = Int32Array.from({ length: n }, (_, i) => 10 + i)
        const { count, ...batches } = sampleBatches(samples, size).batches(createRng(n))
        expect(batches.samples).toHaveLength(count * size)
        const used = [...batches.samples].filter((_, i) => batches.mask[i] === 1)
        expect(used.sort((a, b) => a - b)).toEqual([...samples])
        // Places that were filled up hold samples too, so that gathering them is safe.
        expect([...batches.samples].every((row) => row >= 10 && row < 10 + n)).toBe(true)
      }),
    )
  })

  it('of dates hold whole dates, the larger ones filling all places', () => {
    const group = Int32Array.from([7, 7, 8, 8, 8, 9, 9, 7])
    const samples = Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7])
    const weight = new Float64Array(8).fill(1)
    const batching = dateBatches(samples, { group, weight }, 6, 'training')
    expect(batching.layout).toEqual({ dates: 2, slots: 3 })
    const { count, samples: rows, mask } = batching.batches()
    expect(count).toBe(2)
    expect([...rows]).toEqual([0, 1, 7, 2, 3, 4, 5, 6, 5, 0, 1, 7])
    expect([...mask]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0])
    const alone = { group: Int32Array.from(samples), weight }
    expect(() => dateBatches(samples, alone, 4, 'validation')).toThrow(/validation set/)
    // Rows that weigh nothing do not make a date.
    const light = { group, weight: Float64Array.from([1, 0, 1, 0, 0, 1, 0, 0]) }
    expect(() => dateBatches(samples, light, 4, 'training')).toThrow(/two rows/)
  })
})

describe('schedules', () => {
  const at = (schedule: 'constant' | 'cosine' | 'one-cycle', step: number, warmup = 0): number =>
    rateFactor({ schedule, warmup }, step, 101)

  it('follow their formulas', () => {
    expect(at('constant', 50)).toBe(1)
    expect([at('cosine', 0), at('cosine', 50), at('cosine', 100)]).toEqual([
      1,
      expect.closeTo(0.5, 12),
      expect.closeTo(0, 12),
    ])
    expect(at('one-cycle', 0)).toBeCloseTo(1 / 25, 12)
    expect(at('one-cycle', 30)).toBeCloseTo(1, 12)
    expect(at('one-cycle', 65)).toBeCloseTo((1 + 1 / 25e4) / 2, 12)
    expect(at('one-cycle', 100)).toBeCloseTo(1 / 25e4, 12)
    // Ten steps of warm-up: 1/11, 2/11 …
    expect(at('constant', 0, 0.1)).toBeCloseTo(1 / 11, 12)
    expect(at('constant', 9, 0.1)).toBeCloseTo(10 / 11, 12)
    expect(at('constant', 10, 0.1)).toBe(1)
  })

  it('halve the rate where the validation loss stands still, and only there', () => {
    const params = trainingParams.parse({ schedule: 'plateau', patience: 6, maxEpochs: 50 })
    let state = initialState('fit', Float32Array.of(0), {})
    const rates = [1, 0.9, 0.95, 0.95, 0.95, 0.8, 0.85].map((validationLoss) => {
      state = endEpoch(state, { trainLoss: 1, validationLoss }, params)
      return state.rate
    })
    // Two epochs without a better loss halve it; so do two more; a better one starts the count anew.
    expect(rates).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.5])
    expect(state.bestEpoch).toBe(5)
    const constant = trainingParams.parse({ patience: 6 })
    expect(endEpoch(state, { trainLoss: 1, validationLoss: 9 }, constant).rate).toBe(0.5)
  })
})

describe('scaling', () => {
  const values = [3, 1, NaN, 2, 4, 1000, 5, 6, 7]
  const constant = 42
  const { signal } = new AbortController()
  const matrix = {
    rows: values.length,
    features: ['a', 'b', 'c'],
    X: Float32Array.from(values.flatMap((value) => [value, constant, NaN])),
  }
  const rows = Int32Array.from(values.keys())
  const ones = new Float64Array(values.length).fill(1)
  async function scaled(scaling: 'standard' | 'robust' | 'rank', X = matrix.X): Promise<number[]> {
    const scaler = await fitScaler(matrix, rows, ones, { scaling, clip: 5 }, signal)
    const session = await openOnnxSession(emitScaling(3, scaler))
    const feed = { type: 'float' as const, data: X, shape: [X.length / 3, 3] }
    const out = await session.run({ features: feed })
    await session.close()
    return [...out['scaled']!]
  }

  it.each(['standard', 'robust', 'rank'] as const)(
    '%s: missing, constant and empty columns are 0',
    async (scaling) => {
      const out = await scaled(scaling)
      expect(out[3 * 2]).toBe(0)
      out.forEach((value, i) => {
        if (i % 3 > 0) expect(value).toBe(0)
      })
      expect(out.every((value) => Math.abs(value) <= 5)).toBe(true)
    },
  )

  it('robust: median and quartiles, which one extreme value does not move', async () => {
    const out = await scaled('robust')
    // Middles of eight values lie at 1/16, 3/16 …: the quartiles are 2.5 and 6.5, the median 4.5.
    const deviation = 4 / 1.349
    expect(out[0]).toBeCloseTo((3 - 4.5) / deviation, 5)
    expect(out[3 * 5]).toBe(5)
  })

  it('rank: the place among the training rows, for values between and beyond them too', async () => {
    const out = await scaled('rank', Float32Array.from([1, 0, 0, 4, 0, 0, 4.5, 0, 0, 1e9, 0, 0]))
    const place = (share: number): number => (share - 0.5) * Math.sqrt(12)
    expect(out[0]).toBeCloseTo(place(1 / 16), 5)
    expect(out[3]).toBeCloseTo(place(7 / 16), 5)
    expect(out[6]).toBeCloseTo(place(8 / 16), 5)
    expect(out[9]).toBeCloseTo(place(15 / 16), 5)
  })

  it('learns from rows of positive weight alone', async () => {
    const weight = Float64Array.from(values, (value) => (value === 1000 ? 0 : 1))
    const scaler = await fitScaler(matrix, rows, weight, { scaling: 'robust', clip: 5 }, signal)
    expect(scaler.type === 'linear' && scaler.standardiser.mean[0]).toBe(4)
  })
})

describe('scaling of many values', () => {
  const { signal } = new AbortController()
  async function fitted(values: readonly number[], scaling: 'robust' | 'rank') {
    const matrix = { rows: values.length, features: ['a'], X: Float32Array.from(values) }
    const rows = Int32Array.from(values.keys())
    const ones = new Float64Array(values.length).fill(1)
    return fitScaler(matrix, rows, ones, { scaling, clip: 5 }, signal)
  }

  it('rank: ties have the middle of their places, at the ends too', async () => {
    const others = Array.from({ length: 60 }, (_, i) => 1 + i)
    for (const sign of [1, -1]) {
      const scaler = await fitted(
        [...new Array<number>(40).fill(0), ...others.map((x) => sign * x)],
        'rank',
      )
      if (scaler.type !== 'rank') throw new Error('a rank scaler')
      const [{ x, y }] = scaler.curves as [{ x: number[]; y: number[] }]
      // Forty of a hundred rows: their middle is at 0.2 from that end.
      expect(y[x.indexOf(0)]! * sign).toBeCloseTo((0.2 - 0.5) * Math.sqrt(12), 9)
      expect(x).toEqual(x.toSorted((a, b) => a - b))
      expect(y).toEqual(y.toSorted((a, b) => a - b))
    }
  })

  it('robust: rounding is no variation, and one extreme value does not decide the scale', async () => {
    const noise = Array.from({ length: 9 }, (_, i) => 1e6 + (i % 3) * 0.0625)
    const still = await fitted(noise, 'robust')
    expect(still.type === 'linear' && still.standardiser.deviation[0]).toBe(0)
    const mostly = await fitted(
      [...new Array<number>(30).fill(0), ...[1, -1, 2, -2, 1000]],
      'robust',
    )
    const deviation =
      still.type === 'linear' && mostly.type === 'linear' && mostly.standardiser.deviation[0]!
    expect(deviation).toBeLessThan(300)
    expect(deviation).toBeGreaterThan(0.5)
  })

  it('sorts negative and positive values, zeros and subnormal numbers', async () => {
    const values = [0, -0, 1e-42, -1e-42, 3, -3, 1e30, -1e30, 2, -2]
    const scaler = await fitted(values, 'robust')
    expect(scaler.type === 'linear' && scaler.standardiser.mean[0]).toBeCloseTo(0, 30)
  })
})

describe('the line of a value that was trained by correlation', () => {
  it('comes from the differences within a date, and never turns the order round', () => {
    // Within each date y rises with x; across dates both jump the other way.
    const x = Float64Array.of(0, 1, 10, 11)
    const y = Float64Array.of(0, 2, -30, -28)
    const date = Int32Array.of(1, 1, 2, 2)
    const ones = new Float64Array(4).fill(1)
    const line = lineWithinDates({ x, y, weight: ones, date })
    expect(line.slope).toBeCloseTo(2, 12)
    expect(line.offset).toBeCloseTo(-14 - 2 * 5.5, 12)
    expect(lineWithinDates({ x, y: y.map((value) => -value), weight: ones, date }).slope).toBe(0)
  })
})

describe('a fit', () => {
  const dataset = syntheticDataset({ rowsPerSymbol: 260, features: 3, window: 4, missing: 0.05 })
  const { before, after } = splitSamples(dataset, 0.7)
  const quick = { window: 4, hidden: 6, maxEpochs: 4, batchSize: 32 }
  const context = (): ReturnType<typeof fitContext> => fitContext(before, { validation: after })

  it('has the same bytes whether the dataset is scaled as a whole or as it is read', async () => {
    const params = lstm.params.parse({ ...quick, scaling: 'rank', dropout: 0.2 })
    const files = []
    for (const residentCells of [Infinity, 0]) {
      const model = await fitNetwork(lstmDefinition, dataset, params, context(), { residentCells })
      files.push(model.save())
      await model.dispose()
    }
    expect(files[1]).toEqual(files[0])
  })

  it('keeps its learning curve, a point an epoch', async () => {
    const model = await gru.fit(dataset, gru.params.parse(quick), context())
    expect(model.curve!.map(({ step }) => step)).toEqual([1, 2, 3, 4])
    for (const { trainLoss, validationLoss } of model.curve!) {
      expect(trainLoss).toBeGreaterThan(0)
      expect(validationLoss).toBeGreaterThan(0)
    }
    await model.dispose()
  })

  it('gives probabilities, quantiles and the value together', async () => {
    const params = mlp.params.parse({
      ...quick,
      ...{ outputs: ['value', 'direction', 'quantiles'], quantiles: [0.1, 0.5, 0.9] },
      ...{ maxEpochs: 60, learningRate: 0.01, calibration: 'isotonic' },
    })
    const model = await mlp.fit(dataset, params, context())
    expect(model.outputs).toEqual(['prediction', 'probability', 'quantiles'])
    expect(model.quantiles).toEqual([0.1, 0.5, 0.9])
    const { prediction, probability, quantiles } = await model.predict(dataset, after)
    expect(probability).toHaveLength(3 * after.length)
    let inside = 0
    after.forEach((row, i) => {
      const own = probability!.subarray(3 * i, 3 * i + 3)
      expect(own.every((value) => value >= 0)).toBe(true)
      expect(own[0]! + own[1]! + own[2]!).toBeCloseTo(1, 5)
      const [low, middle, high] = quantiles!.subarray(3 * i, 3 * i + 3) as unknown as number[]
      expect(low!).toBeLessThanOrEqual(middle!)
      expect(middle!).toBeLessThanOrEqual(high!)
      inside += dataset.y[row]! >= low! && dataset.y[row]! <= high! ? 1 : 0
    })
    // Four fifths of the labels lie between the outer quantiles, give or take.
    expect(inside / after.length).toBeGreaterThan(0.6)
    expect(inside / after.length).toBeLessThan(0.95)
    const y = Float64Array.from(after, (row) => dataset.y[row]!)
    const score = (values: Float64Array): number =>
      evaluatePredictions({ prediction: values, y, group: after }).ic ?? 0
    expect(score(prediction)).toBeGreaterThan(0.6)
    expect(
      score(Float64Array.from(after, (_, i) => probability![3 * i + 2]! - probability![3 * i]!)),
    ).toBeGreaterThan(0.5)
    await model.dispose()
  })

  it('of one direction alone predicts the expected label', async () => {
    const params = mlp.params.parse({ ...quick, outputs: 'direction', flatBand: 0, maxEpochs: 30 })
    const model = await mlp.fit(dataset, params, context())
    const { prediction, probability } = await model.predict(dataset, after)
    const means = [0, 1].map((up) => {
      const own = [...before].map((row) => dataset.y[row]!).filter((y) => y > 0 === (up === 1))
      return own.reduce((a, b) => a + b) / own.length
    })
    after.forEach((_, i) => {
      expect(probability![3 * i + 1]).toBe(0)
      const expected = probability![3 * i]! * means[0]! + probability![3 * i + 2]! * means[1]!
      expect(prediction[i]).toBeCloseTo(expected, 5)
    })
    await model.dispose()
  })

  it('learns to order the symbols of a date, in label units', async () => {
    const panel = syntheticDataset({
      ...{ symbols: 8, rowsPerSymbol: 120, features: 3, signal: linearSignal },
      ...{ scale: 0.02, offset: 0.001 },
    })
    const split = splitSamples(panel, 0.7)
    const params = mlp.params.parse({
      ...quick,
      window: 1,
      loss: 'ic',
      maxEpochs: 30,
      learningRate: 0.01,
    })
    const model = await mlp.fit(
      panel,
      params,
      fitContext(split.before, { validation: split.after }),
    )
    const { prediction } = await model.predict(panel, split.after)
    const y = Float64Array.from(split.after, (row) => panel.y[row]!)
    const group = Int32Array.from(split.after, (row) => panel.group[row]!)
    expect(evaluatePredictions({ prediction, y, group }).icMean).toBeGreaterThan(0.75)
    // The line fitted afterwards makes it a prediction of the label and not only an order.
    const error = y.reduce((sum, value, i) => sum + (value - prediction[i]!) ** 2, 0)
    const spread = y.reduce((sum, value) => sum + (value - 0.001) ** 2, 0)
    expect(1 - error / spread).toBeGreaterThan(0.5)
    await model.dispose()
    await expect(mlp.fit(dataset, params, context())).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    })
  })

  it('refuses an exploding loss and names it', async () => {
    const params = mlp.params.parse({
      ...{
        optimizer: 'sgd',
        learningRate: 3000,
        loss: 'mse',
        layerNorm: false,
        activation: 'relu',
      },
      ...{ window: 1, maxEpochs: 20, dropout: 0 },
    })
    const fit = mlp.fit(dataset, params, context())
    await expect(fit).rejects.toMatchObject({ code: 'DIVERGED' })
  })

  it('stopped inside an epoch leaves a checkpoint from which nothing more is learned', async () => {
    const checkpoint = memoryCheckpoint()
    const params = gru.params.parse({ ...quick, maxEpochs: 8 })
    const once = fitContext(before, {
      validation: after,
      checkpoint,
      onProgress: ({ done }) => (done > 5 ? 'stop' : undefined),
    })
    const first = await fitNetwork(gruDefinition, dataset, params, once, { pace: fixedPace(1) })
    const again = await gru.fit(
      dataset,
      params,
      fitContext(before, {
        validation: after,
        checkpoint: memoryCheckpoint(checkpoint.states.at(-1)),
      }),
    )
    expect(again.save()).toEqual(first.save())
    await first.dispose()
    await again.dispose()
  })

  it('from an initial model depends on its own seed, and refuses another layout', async () => {
    const params = mlp.params.parse({ ...quick, window: 1, outputs: 'direction' })
    const model = await mlp.fit(dataset, params, context())
    const initial = model.save()
    await model.dispose()
    const checkpoint = memoryCheckpoint()
    const warm = (seed: number): ReturnType<typeof fitContext> =>
      fitContext(before, { validation: after, initial, checkpoint, seed })
    await (await mlp.fit(dataset, params, warm(1))).dispose()
    await expect(mlp.fit(dataset, params, warm(2))).rejects.toThrow(/another fit/)
    const quantiles = { ...params, outputs: ['quantiles' as const], quantiles: [0.1, 0.5, 0.9] }
    const other = mlp.fit(dataset, quantiles, fitContext(before, { initial }))
    await expect(other).rejects.toThrow(/initial model/)
  })

  it('keeps the average of the parameters where it is asked to', async () => {
    const fit = async (averaging: number): Promise<Uint8Array> => {
      const model = await lstm.fit(dataset, lstm.params.parse({ ...quick, averaging }), context())
      await model.dispose()
      return model.save()['model.onnx']!
    }
    expect(await fit(0.9)).not.toEqual(await fit(0))
  })

  it('says how much each row counted where it pools by attention', async () => {
    const params = transformer.params.parse({
      window: 4,
      maxEpochs: 4,
      batchSize: 32,
      dim: 8,
      heads: 2,
    })
    const model = await transformer.fit(dataset, params, context())
    const weights = await model.attention!(dataset, after)
    expect(weights).toHaveLength(4 * after.length)
    after.forEach((_, i) => {
      expect(weights.subarray(4 * i, 4 * i + 4).reduce((a, b) => a + b)).toBeCloseTo(1, 5)
    })
    await model.dispose()
    const plain = await gru.fit(dataset, gru.params.parse(quick), context())
    expect('attention' in plain).toBe(false)
    await plain.dispose()
  })
})

describe('parameters', () => {
  it('refuse what does not fit together', () => {
    expect(() => transformer.params.parse({ dim: 30, heads: 4 })).toThrow(/multiple of the number/)
    expect(() => mlp.params.parse({ quantiles: [0.5, 0.1] })).toThrow(/ascending/)
    expect(() => mlp.params.parse({ outputs: 'value,directoin' })).toThrow()
    expect(mlp.params.parse({ outputs: 'value,direction' }).outputs).toEqual(['value', 'direction'])
    expect(mlp.params.parse({ quantiles: '0.1,0.9' }).quantiles).toEqual([0.1, 0.9])
  })

  it('that change nothing are named, where they were given', () => {
    const idle = (params: Record<string, unknown>): string[] =>
      mlp.idle!(Object.keys(params), mlp.params.parse(params))
    expect(idle({})).toEqual([])
    expect(idle({ momentum: 0.5, huberDelta: 1, quantiles: '0.5' })).toEqual([
      expect.stringMatching(/momentum has no effect.*adamw/),
      expect.stringMatching(/quantiles has no effect/),
    ])
    expect(idle({ loss: 'mse', huberDelta: 1, scaling: 'rank', clip: 3 })).toHaveLength(2)
    expect(idle({ outputs: 'direction', loss: 'ic' })).toEqual([
      expect.stringMatching(/loss has no effect.*direction/),
    ])
    expect(
      idle({ optimizer: 'sgd', momentum: 0.5, outputs: 'value,quantiles', quantiles: '0.5' }),
    ).toEqual([])
  })

  it('cover the window with as few blocks as do', () => {
    // One block of kernel 3 sees 5 rows, two see 13, three see 29.
    expect([1, 5, 6, 13, 14, 29, 30].map((window) => coveringBlocks(window, 3))).toEqual([
      1, 1, 2, 2, 3, 3, 4,
    ])
  })
})
