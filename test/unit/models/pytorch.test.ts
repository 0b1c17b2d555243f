/**
 * Training held to PyTorch: from the same weights on the same batches, fifty Adam steps have the same losses. The golden file is made by
 * `test/oracle/pytorch-training.py`, which names tool and version in it.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { adam } from '../../../models/graph/optimiser.ts'
import { parameterCount } from '../../../models/networks/architecture.ts'
import type { NetworkDefinition } from '../../../models/networks/network-kind.ts'
import { createHeads } from '../../../models/networks/heads/index.ts'
import { gruDefinition } from '../../../models/networks/kinds/gru.ts'
import { lstmDefinition } from '../../../models/networks/kinds/lstm.ts'
import { mlpDefinition } from '../../../models/networks/kinds/mlp.ts'
import { tcnDefinition } from '../../../models/networks/kinds/tcn.ts'
import { transformerDefinition } from '../../../models/networks/kinds/transformer.ts'
import {
  emitTraining,
  networkParameters,
  type Network,
} from '../../../models/networks/network-graphs.ts'
import type { TrainingParams } from '../../../models/networks/training-params.ts'
import { openOnnxSession, type OnnxFeed } from '../../../models/runtime/onnx-session.ts'
import type { Json } from '../../../core/canonical-json.ts'

interface Golden {
  readonly learningRate: number
  readonly features: number
  readonly table: readonly number[]
  readonly target: readonly number[]
  readonly samples: readonly (readonly number[])[]
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly params: Readonly<Record<string, Json>>
        readonly parameters: Readonly<Record<string, readonly number[]>>
        readonly losses: readonly number[]
      }
    >
  >
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/pytorch-training.json', import.meta.url), 'utf8'),
) as Golden

const facts = { label: { mean: 0, deviation: 1 }, classMeans: [0, 0, 0] } as const

function networkOf<Params extends TrainingParams & Record<string, Json>>(
  { params: schema, architecture }: NetworkDefinition<Params>,
  name: string,
): Network {
  const params = schema.parse({ ...golden.networks[name]!.params, dropout: 0, loss: 'mse' })
  const { features } = golden
  return {
    architecture: architecture(params, features),
    heads: createHeads(params, facts),
    features,
    window: params.window,
  }
}

const networks = {
  mlp: networkOf(mlpDefinition, 'mlp'),
  lstm: networkOf(lstmDefinition, 'lstm'),
  gru: networkOf(gruDefinition, 'gru'),
  transformer: networkOf(transformerDefinition, 'transformer'),
  tcn: networkOf(tcnDefinition, 'tcn'),
}

describe('fifty steps', () => {
  it.each(Object.entries(networks))('of %s follow PyTorch', async (name, network) => {
    const { parameters, losses } = golden.networks[name]!
    const own = networkParameters(network)
    expect(Object.keys(parameters).sort()).toEqual(own.map((one) => one.name).sort())
    const flat = Float32Array.from(own.flatMap((one) => parameters[one.name]!))
    const size = parameterCount(own)
    expect(flat).toHaveLength(size)

    const [steps, batch] = [golden.samples.length, golden.samples[0]!.length]
    const rows = golden.target.length
    const float = (data: Float32Array, shape: readonly number[] = [data.length]): OnnxFeed => ({
      type: 'float',
      data,
      shape,
    })
    const session = await openOnnxSession(emitTraining(network, { dates: 1, slots: batch }, adam()))
    const out = await session.run({
      steps: { type: 'int', data: BigInt64Array.of(BigInt(steps)), shape: [1] },
      parametersIn: float(flat),
      takenIn: float(new Float32Array(1), []),
      mIn: float(new Float32Array(size)),
      vIn: float(new Float32Array(size)),
      stepIn: float(new Float32Array(1), []),
      features: float(Float32Array.from(golden.table), [rows, golden.features]),
      target: float(Float32Array.from(golden.target)),
      weight: float(new Float32Array(rows).fill(1)),
      samples: {
        type: 'int',
        data: BigInt64Array.from(golden.samples.flat(), BigInt),
        shape: [steps, batch],
      },
      mask: float(new Float32Array(steps * batch).fill(1), [steps, batch]),
      learningRate: float(new Float32Array(steps).fill(golden.learningRate)),
    })
    await session.close()
    losses.forEach((loss, step) => {
      expect(Math.abs(out['loss']![step]! / loss - 1), `step ${step}`).toBeLessThan(1e-4)
    })
    // The curve is one that weights move: the steps are not all alike.
    expect(losses.at(-1)).toBeLessThan(losses[0]!)
  })
})
