/**
 * What this machine can execute networks with: every runtime on every device or backend, each tried on one small fixed network and held to
 * the runtime `reference`.
 */
import { asQuorumError } from '../../core/errors.ts'
import { tfjsBackends } from '../../core/config/index.ts'
import { createRng } from '../../core/rng.ts'
import { emitModel } from '../graph/emit.ts'
import { Graph, type Value } from '../graph/graph.ts'
import {
  add,
  clip,
  isNaN,
  lstm,
  matmul,
  mul,
  normalise,
  slice,
  softmax,
  transpose,
  where,
} from '../graph/operations/index.ts'
import { concreteDevices, whyMissing } from './devices.ts'
import { openPredictor } from './open-predictor.ts'
import type { FloatTensor, InferenceOptions } from './predictor.ts'

export type ProbeReport =
  | {
      readonly runtime: 'onnx' | 'tfjs'
      readonly device: string
      readonly available: true
      /** Greatest difference to the reference; numbers are around 1. */
      readonly difference: number
      /** Whether that is a rounding and no more. */
      readonly agrees: boolean
      /** Milliseconds of one run on one sample, the median of some. */
      readonly milliseconds: number
    }
  | {
      readonly runtime: 'onnx' | 'tfjs'
      readonly device: string
      readonly available: false
      readonly reason: string
    }

const runs = 15

/** @param tolerance greatest difference that is agreement */
export async function probeRuntimes({ tolerance = 1e-4 } = {}): Promise<ProbeReport[]> {
  const network = fixedNetwork()
  const expected = await outputOf(network, { runtime: 'reference' })
  const reports: ProbeReport[] = []
  for (const device of concreteDevices) {
    const reason = await whyMissing(device)
    reports.push(
      reason === undefined
        ? await probe(network, expected.values, tolerance, { runtime: 'onnx', device })
        : { runtime: 'onnx', device, available: false, reason },
    )
  }
  for (const tfjsBackend of tfjsBackends)
    reports.push(await probe(network, expected.values, tolerance, { runtime: 'tfjs', tfjsBackend }))
  return reports
}

interface Network {
  readonly model: Uint8Array
  readonly input: FloatTensor
}

async function probe(
  network: Network,
  expected: Float32Array,
  tolerance: number,
  options: InferenceOptions & { readonly runtime: 'onnx' | 'tfjs' },
): Promise<ProbeReport> {
  const { runtime } = options
  const device = (runtime === 'tfjs' ? options.tfjsBackend : options.device)!
  try {
    const { values, milliseconds } = await outputOf(network, options)
    const difference = values.reduce(
      (greatest, value, i) => Math.max(greatest, Math.abs(value - expected[i]!)),
      0,
    )
    // Not `>`: a difference that is no number is no agreement.
    const agrees = difference <= tolerance
    return { runtime, device, available: true, difference, agrees, milliseconds }
  } catch (error) {
    const { details, message } = asQuorumError(error)
    const { remedy } = details
    const reason = typeof remedy === 'string' && remedy !== '' ? remedy : message
    return { runtime, device, available: false, reason }
  }
}

async function outputOf(
  { model, input }: Network,
  options: InferenceOptions,
): Promise<{ values: Float32Array; milliseconds: number }> {
  const predictor = await openPredictor(model, options)
  try {
    const { y } = await predictor.run({ x: input })
    const [, ...rest] = input.shape
    const size = rest.reduce((a, b) => a * b, 1)
    const single = { data: input.data.subarray(0, size), shape: [1, ...rest] }
    const times: number[] = []
    for (let k = 0; k < runs; k++) {
      const start = performance.now()
      await predictor.run({ x: single })
      times.push(performance.now() - start)
    }
    return { values: y!, milliseconds: times.sort((a, b) => a - b)[runs >> 1]! }
  } finally {
    await predictor.close()
  }
}

/** Input `x` [batch, window, 2] with a hole, output `y` [1, batch, hidden]. */
function fixedNetwork(): Network {
  const [batch, window, hidden] = [3, 8, 6]
  const rng = createRng(1)
  const graph = new Graph()
  const weights = (...shape: number[]): Value =>
    graph.constant(
      'float',
      shape,
      Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5 * rng.normal()),
    )
  const raw = graph.input('x', 'float', ['batch', window, 2])
  const x = transpose(clip(where(isNaN(raw), weights(2), raw), -3, 3), [1, 0, 2])
  const states = lstm(x, weights(2, 4 * hidden), weights(hidden, 4 * hidden), weights(4 * hidden))
  const last = slice(states, { axis: 0, from: window - 1, to: window })
  const mixed = add(matmul(normalise(last), weights(hidden, hidden)), weights(hidden))
  const model = emitModel({ y: add(softmax(mixed), mul(last, 2)) })
  const data = Float32Array.from({ length: window * batch * 2 }, () => rng.normal())
  data[3] = NaN
  return { model, input: { data, shape: [batch, window, 2] } }
}
