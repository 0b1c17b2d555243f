import { describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import type { Dataset } from '../../../features/dataset.ts'
import { evaluatePredictions } from '../../../models/evaluation/metrics.ts'
import { gradients } from '../../../models/graph/differentiate.ts'
import { Graph } from '../../../models/graph/graph.ts'
import { interpret } from '../../../models/graph/interpret.ts'
import { mul, reduceSum } from '../../../models/graph/operations/index.ts'
import {
  initialParameters,
  parameterCount,
  unpackParameters,
} from '../../../models/networks/architecture.ts'
import {
  lstm,
  lstmArchitecture,
  lstmDefinition,
  type LstmParams,
} from '../../../models/networks/lstm.ts'
import { fitNetwork } from '../../../models/networks/network-kind.ts'
import { decodeState, encodeState, initialState } from '../../../models/networks/training-state.ts'
import { fixedPace } from '../../../models/runtime/pace.ts'
import { laggedSignal, splitSamples, syntheticDataset } from '../../support/dataset.ts'
import { fitContext } from '../../support/fit-context.ts'

const quick: LstmParams = lstm.params.parse({ window: 4, hidden: 8, maxEpochs: 3, batchSize: 16 })

describe('the LSTM forward pass', () => {
  const shape = { features: 3, window: 4, hidden: 5, layers: 2 }
  const architecture = lstmArchitecture(shape)
  const rng = createRng(3)
  const flat = initialParameters(architecture, rng).map((value) => value + 0.2 * rng.normal())
  const graph = new Graph()
  const parameters = graph.input('parameters', 'float', [parameterCount(architecture)])
  const x = graph.input('x', 'float', [shape.window, 2, shape.features])
  const output = architecture.forward(x, unpackParameters(architecture, parameters))
  const at = {
    parameters: { shape: [flat.length], data: Float64Array.from(flat) },
    x: { shape: [4, 2, 3], data: Float64Array.from({ length: 24 }, () => rng.normal()) },
  }

  it('equals the recurrence of the paper, cell by cell', () => {
    const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value))
    let from = 0
    const p = Object.fromEntries(
      architecture.parameters.map(({ name, shape: own }) => {
        const size = own.reduce((a, b) => a * b, 1)
        from += size
        return [name, flat.subarray(from - size, from)]
      }),
    )
    for (let sample = 0; sample < 2; sample++) {
      let rows = Array.from({ length: 4 }, (_, t) =>
        [0, 1, 2].map((feature) => at.x.data[t * 6 + sample * 3 + feature]!),
      )
      for (let layer = 0; layer < 2; layer++) {
        let h = new Array<number>(5).fill(0)
        let c = new Array<number>(5).fill(0)
        rows = rows.map((row) => {
          const z = (unit: number): number => {
            let sum = p[`bias${layer}`]![unit]!
            row.forEach((value, i) => (sum += value * p[`input${layer}`]![i * 20 + unit]!))
            h.forEach((value, i) => (sum += value * p[`recurrent${layer}`]![i * 20 + unit]!))
            return sum
          }
          const next = h.map((_, k) => {
            const memory = sigmoid(z(5 + k)) * c[k]! + sigmoid(z(k)) * Math.tanh(z(15 + k))
            return { memory, state: sigmoid(z(10 + k)) * Math.tanh(memory) }
          })
          c = next.map(({ memory }) => memory)
          h = next.map(({ state }) => state)
          return h
        })
      }
      const expected = rows
        .at(-1)!
        .reduce((sum, value, k) => sum + value * p['head']![k]!, p['headBias']![0]!)
      expect(interpret([output], at)[0]!.data[sample]).toBeCloseTo(expected, 12)
    }
  })

  it('has the gradient that central differences have, in every parameter', () => {
    const loss = reduceSum(mul(output, output))
    const [gradient] = gradients(loss, [parameters])
    const analytic = interpret([gradient!], at)[0]!.data
    for (let i = 0; i < flat.length; i += 7) {
      const [up, down] = [1e-6, -1e-6].map((by) => {
        const data = at.parameters.data.slice()
        data[i]! += by
        return interpret([loss], { ...at, parameters: { shape: [flat.length], data } })[0]!.data[0]!
      })
      expect(analytic[i]).toBeCloseTo((up! - down!) / 2e-6, 7)
    }
  })
})

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
      const model = await fitNetwork(lstmDefinition, dataset, quick, context, fixedPace(steps))
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
  const state = {
    ...initialState('a fit', Float32Array.of(1, -0, 3.5)),
    epoch: 4,
    bestLoss: 0.25,
    m: Float32Array.of(1, 2, 3),
  }

  it('comes back from its bytes', () => {
    expect(decodeState(encodeState(state), 'a fit', 3)).toEqual(state)
  })

  it('refuses another fit, another size and cut bytes', () => {
    const bytes = encodeState(state)
    expect(() => decodeState(bytes, 'another', 3)).toThrow(/another fit/)
    expect(() => decodeState(bytes, 'a fit', 4)).toThrow(/parameters/)
    expect(() => decodeState(bytes.subarray(0, 3), 'a fit', 3)).toThrow(/3 bytes/)
    bytes[6] = 0
    expect(() => decodeState(bytes, 'a fit', 3)).toThrow(/unreadable/)
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
