/**
 * Every network through every runtime, over the table of kinds: a new kind is covered by being there. The truth is the runtime `reference`,
 * which computes in float64. (WebGPU: test/services/webgpu.test.ts.)
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FittedModel } from '../../models/kind.ts'
import type { InferenceOptions } from '../../models/runtime/predictor.ts'
import { runGraphModel } from '../support/graph-model.ts'
import {
  greatestDifference,
  networkData,
  networkInput,
  networkRows,
  quickNetworks,
  type QuickNetwork,
} from '../support/networks.ts'

const others: readonly [string, InferenceOptions][] = [
  ['onnx on cpu', { runtime: 'onnx', device: 'cpu' }],
  ['tfjs on cpu', { runtime: 'tfjs', tfjsBackend: 'cpu' }],
  ['tfjs on wasm', { runtime: 'tfjs', tfjsBackend: 'wasm' }],
]

/** Ways to prepare, to pool and to calibrate that the quick parameters do not have. */
const byRank = {
  scaling: 'rank',
  calibration: 'isotonic',
  pooling: 'mean',
  positions: 'sinusoidal',
  activation: 'relu',
}

const networks = [
  ...(await quickNetworks()).map((one): [string, QuickNetwork] => [one.kind.name, one]),
  ...(await quickNetworks(byRank)).map((one): [string, QuickNetwork] => [
    `${one.kind.name} by rank`,
    one,
  ]),
]

it('finds networks, the LSTM among them', () => {
  expect(networks.map(([name]) => name)).toContain('lstm')
})

describe.each(networks)('%s', (_, { kind, files }) => {
  const { after } = networkRows
  let reference: FittedModel
  beforeAll(async () => {
    reference = await kind.load(files, { runtime: 'reference' })
  })
  afterAll(() => reference.dispose())

  it('has every output, different from sample to sample', async () => {
    expect(reference.outputs).toEqual(['prediction', 'probability', 'quantiles'])
    const { prediction } = await reference.predict(networkData, after)
    expect(new Set(prediction).size).toBeGreaterThan(after.length / 2)
  })

  describe.each(others)('%s', (__, options) => {
    let model: FittedModel
    beforeAll(async () => {
      model = await kind.load(files, options)
    })
    afterAll(() => model.dispose())

    // Float32 against float64: 1e-5 label deviations leave room for the order of some hundred additions.
    const agree = async (data: typeof networkData, samples: Int32Array): Promise<void> => {
      const [expected, actual] = [reference, model].map((one) => one.predict(data, samples))
      for (const name of reference.outputs) {
        const [left, right] = [(await actual!)[name]!, (await expected!)[name]!]
        expect(greatestDifference(left, right), name).toBeLessThan(1e-5)
      }
      if (reference.attention === undefined) return
      const [left, right] = [model, reference].map((one) => one.attention!(data, samples))
      expect(greatestDifference(await left!, await right!), 'attention').toBeLessThan(1e-5)
    }

    it.each([1, 3, 65])('agrees on a batch of %i, output by output', async (size) => {
      await agree(networkData, after.subarray(0, size))
    })

    it('fills missing values as the reference does', async () => {
      const empty = { ...networkData, X: new Float32Array(networkData.X.length).fill(NaN) }
      await agree(empty, after.subarray(0, 5))
    })
  })

  it('is the same network as its export for TensorFlow.js', async () => {
    const samples = after.subarray(0, 7)
    const expected = await reference.predict(networkData, samples)
    const exported = await kind.exports!['tfjs']!(files)
    const inputs = { features: networkInput(samples, reference.window) }
    const actual = await runGraphModel(exported, inputs, reference.outputs)
    for (const name of reference.outputs)
      expect(greatestDifference(actual[name]!, expected[name]!), name).toBeLessThan(1e-5)
  })
})
