/**
 * Training and inference of networks, one thread: ours beside PyTorch eager (`$PYTHON`, where torch is installed) and beside the same step on
 * TensorFlow.js's WebAssembly kernels. Names give kind, batch, window, features and hidden units.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { createRng } from '../core/rng.ts'
import { matmul } from '../models/graph/operations/index.ts'
import { emitModel } from '../models/graph/emit.ts'
import { Graph } from '../models/graph/graph.ts'
import { adam } from '../models/graph/optimiser.ts'
import {
  initialParameters,
  parameterCount,
  type Architecture,
} from '../models/networks/architecture.ts'
import { createHeads } from '../models/networks/heads/index.ts'
import { gru, gruDefinition } from '../models/networks/kinds/gru.ts'
import { lstm, lstmDefinition } from '../models/networks/kinds/lstm.ts'
import { transformer, transformerDefinition } from '../models/networks/kinds/transformer.ts'
import {
  emitInference,
  emitTraining,
  emitTrainingStep,
  networkParameters,
  type Network,
} from '../models/networks/network-graphs.ts'
import type { TrainingParams } from '../models/networks/training-params.ts'
import { openOnnxSession, type OnnxFeed } from '../models/runtime/onnx-session.ts'
import { openPredictor } from '../models/runtime/open-predictor.ts'
import { measure, quantile, type Row } from './measure.ts'
import { startReference, type ReferenceProcess } from './reference-process.ts'

interface Shape {
  readonly kind: 'lstm' | 'gru' | 'transformer'
  readonly batch: number
  readonly window: number
  readonly features: number
  readonly hidden: number
}

const shapes: readonly Shape[] = [
  { kind: 'lstm', batch: 64, window: 32, features: 32, hidden: 64 },
  { kind: 'lstm', batch: 256, window: 60, features: 158, hidden: 128 },
  { kind: 'gru', batch: 64, window: 32, features: 32, hidden: 64 },
  { kind: 'gru', batch: 256, window: 60, features: 158, hidden: 128 },
  { kind: 'transformer', batch: 64, window: 32, features: 32, hidden: 64 },
]

const torchName = 'PyTorch eager, one thread'

export async function training(wanted: (name: string) => boolean): Promise<Row[]> {
  const torch = startReference('training.py', 'torch')
  const [lstm32, lstm60] = shapes as [Shape, Shape]
  const small = shapes.at(-1)!
  const all: readonly (readonly [string, () => Promise<Row>])[] = [
    ...shapes.map((shape) => [nameOf(shape), () => trainingRow(shape, torch)] as const),
    [`${nameOf(lstm32)}-tfjs`, () => tfjsRow(lstm32)],
    ['infer-lstm-b1', () => inferenceRow('infer-lstm-b1', { ...lstm32, batch: 1 }, torch)],
    [
      'infer-transformer-b1',
      () => inferenceRow('infer-transformer-b1', { ...small, batch: 1 }, torch),
    ],
    ['infer-transformer-b64', () => inferenceRow('infer-transformer-b64', small, torch)],
    ['matmul-limit', () => matmulRow(lstm60)],
    ['two-workers', workersRow],
    ['epoch-memory', memoryRow],
  ]
  try {
    const rows: Row[] = []
    for (const [name, run] of all) if (wanted(name)) rows.push(await run())
    return rows
  } finally {
    torch?.close()
  }
}

const nameOf = ({ kind, batch, window, features, hidden }: Shape): string =>
  `${kind}-${batch}-${window}-${features}-${hidden}`

function networkOf({ kind, window, features, hidden }: Shape): Network {
  const common = { window, loss: 'mse' } as const
  const facts = { label: { mean: 0, deviation: 1 }, classMeans: [-1, 0, 1] } as const
  const build = (architecture: Architecture, params: TrainingParams): Network => ({
    architecture,
    heads: createHeads(params, facts),
    features,
    window,
  })
  if (kind === 'transformer') {
    const settings = { dim: hidden, heads: 4, layers: 2, feedForward: 128, dropout: 0 }
    const params = transformer.params.parse({ ...common, ...settings })
    return build(transformerDefinition.architecture(params, features), params)
  }
  const params = (kind === 'lstm' ? lstm : gru).params.parse({ ...common, hidden })
  const definition = kind === 'lstm' ? lstmDefinition : gruDefinition
  return build(definition.architecture(params, features), params)
}

const tableRows = 5_000

interface Step {
  readonly feeds: Readonly<Record<string, OnnxFeed>>
  /** Names of the loop's inputs that its outputs replace. */
  readonly state: readonly string[]
}

/** Feeds of one run of `steps` steps; without steps, of the model of one step. */
function stepFeeds(network: Network, { batch, window, features }: Shape, steps?: number): Step {
  const rng = createRng(1)
  const parameters = initialParameters(networkParameters(network), rng)
  const size = parameterCount(networkParameters(network))
  const float = (data: Float32Array, shape: readonly number[] = [data.length]): OnnxFeed => ({
    type: 'float',
    data,
    shape,
  })
  const normal = (length: number): Float32Array => Float32Array.from({ length }, () => rng.normal())
  const leading = steps === undefined ? [] : [steps]
  const places = batch * (steps ?? 1)
  const samples = BigInt64Array.from({ length: places }, () =>
    BigInt(window + Math.floor(rng.uniform() * (tableRows - window))),
  )
  const suffix = steps === undefined ? '' : 'In'
  const state = {
    parameters: float(parameters),
    taken: float(Float32Array.of(0), []),
    m: float(new Float32Array(size)),
    v: float(new Float32Array(size)),
    step: float(Float32Array.of(0), []),
  }
  return {
    state: Object.keys(state),
    feeds: {
      ...Object.fromEntries(
        Object.entries(state).map(([name, feed]) => [`${name}${suffix}`, feed]),
      ),
      ...(steps !== undefined && {
        steps: { type: 'int', data: BigInt64Array.of(BigInt(steps)), shape: [1] },
      }),
      features: float(normal(tableRows * features), [tableRows, features]),
      target: float(normal(tableRows)),
      weight: float(new Float32Array(tableRows).fill(1)),
      samples: { type: 'int', data: samples, shape: [...leading, batch] },
      mask: float(new Float32Array(places).fill(1), [...leading, batch]),
      learningRate: float(new Float32Array(steps ?? 1).fill(1e-3), leading),
    },
  }
}

const stepsOf = ({ batch }: Shape): number => (batch > 64 ? 3 : 24)

interface OpenTraining {
  readonly run: () => Promise<number>
  readonly close: () => Promise<void>
}

/** Milliseconds a step of our loop, Adam, squared error, batches gathered from a table. */
async function openTraining(shape: Shape): Promise<OpenTraining> {
  const network = networkOf(shape)
  const layout = { dates: 1, slots: shape.batch }
  const session = await openOnnxSession(emitTraining(network, layout, adam()))
  const steps = stepsOf(shape)
  const { feeds } = stepFeeds(network, shape, steps)
  const own = Object.fromEntries(session.inputs.map((name) => [name, feeds[name]!]))
  await session.run(own)
  return {
    run: async () => {
      const start = performance.now()
      await session.run(own)
      return (performance.now() - start) / steps
    },
    close: () => session.close(),
  }
}

async function trainingRow(shape: Shape, torch: ReferenceProcess | undefined): Promise<Row> {
  const ours = await openTraining(shape)
  const { kind, batch, window, features, hidden } = shape
  const request = (repeats: number): string =>
    `${kind} train ${batch} ${window} ${features} ${hidden} ${repeats}`
  await torch?.ask(request(1))
  try {
    return await measure({
      name: nameOf(shape),
      unit: 'ms/step',
      better: 'lower',
      ours: ours.run,
      reference: torch && (() => torch.ask(request(stepsOf(shape)))),
      referenceName: torchName,
    })
  } finally {
    await ours.close()
  }
}

/** The same step, forward, backward and Adam, on TensorFlow.js's WebAssembly kernels. */
async function tfjsRow(shape: Shape): Promise<Row> {
  const ours = await openTraining(shape)
  const network = networkOf(shape)
  const { feeds } = stepFeeds(network, shape)
  // A predictor takes floats, so the batch is part of the model.
  const samples = Array.from(feeds['samples']!.data, Number)
  const model = emitTrainingStep(network, { dates: 1, slots: shape.batch }, adam(), { samples })
  const step = await openPredictor(model, { runtime: 'tfjs', tfjsBackend: 'wasm' })
  const floats = Object.fromEntries(
    step.inputs.map((name) => [
      name,
      { data: Float32Array.from(feeds[name]!.data, Number), shape: feeds[name]!.shape },
    ]),
  )
  await step.run(floats)
  try {
    return await measure({
      name: `${nameOf(shape)}-tfjs`,
      unit: 'ms/step',
      better: 'lower',
      ours: ours.run,
      reference: async () => {
        const start = performance.now()
        await step.run(floats)
        return performance.now() - start
      },
      referenceName: 'TensorFlow.js wasm, the same step',
    })
  } finally {
    await ours.close()
    await step.close()
  }
}

async function inferenceRow(
  name: string,
  shape: Shape,
  torch: ReferenceProcess | undefined,
): Promise<Row> {
  const network = networkOf(shape)
  const { kind, batch, window, features, hidden } = shape
  const rng = createRng(1)
  const model = emitInference(network, {
    scaler: {
      type: 'linear',
      standardiser: {
        mean: new Array<number>(features).fill(0),
        deviation: new Array<number>(features).fill(1),
        clip: 5,
      },
    },
    parameters: initialParameters(networkParameters(network), rng),
    finish: {},
  })
  const predictor = await openPredictor(model)
  const data = Float32Array.from({ length: batch * window * features }, () => rng.normal())
  const inputs = { features: { data, shape: [batch, window, features] } }
  const repeats = batch === 1 ? 2_000 : 100
  await torch?.ask(`${kind} infer ${batch} ${window} ${features} ${hidden} 10`)
  try {
    return await measure({
      name,
      unit: 'us p50',
      better: 'lower',
      ours: async () => {
        const times: number[] = []
        for (let k = 0; k < repeats; k++) {
          const start = performance.now()
          await predictor.run(inputs)
          times.push(performance.now() - start)
        }
        return 1_000 * quantile(times, 0.5)
      },
      reference:
        torch &&
        (async () =>
          1_000 *
          (await torch.ask(`${kind} infer ${batch} ${window} ${features} ${hidden} ${repeats}`))),
      referenceName: torchName,
    })
  } finally {
    await predictor.close()
  }
}

/** Arithmetic of a training step of an LSTM, in floating point operations: its matrix products alone. */
function lstmOperations({ batch, window, features, hidden }: Shape): number {
  const input = 2 * batch * features * 4 * hidden
  const recurrent = 2 * batch * hidden * 4 * hidden
  // Forward, weight gradient, and back through the recurrence; the first moment has no state before it.
  return window * 2 * input + (window - 1) * 3 * recurrent
}

/** Arithmetic per second of the large training step against the runtime's best on one large product. */
async function matmulRow(shape: Shape): Promise<Row> {
  const ours = await openTraining(shape)
  const size = 1_024
  const graph = new Graph()
  const [a, b] = ['a', 'b'].map((name) => graph.input(name, 'float', [size, size]))
  const session = await openOnnxSession(emitModel({ product: matmul(a!, b!) }))
  const operand: OnnxFeed = {
    type: 'float',
    data: new Float32Array(size * size).fill(0.5),
    shape: [size, size],
  }
  try {
    return await measure({
      name: 'matmul-limit',
      unit: 'GFLOP/s',
      better: 'higher',
      ours: async () => lstmOperations(shape) / (await ours.run()) / 1e6,
      reference: async () => {
        const times: number[] = []
        for (let k = 0; k < 20; k++) {
          const start = performance.now()
          await session.run({ a: operand, b: operand })
          times.push(performance.now() - start)
        }
        return (2 * size ** 3) / quantile(times, 0.5) / 1e6
      },
      referenceName: `one product of ${size} x ${size}`,
    })
  } finally {
    await ours.close()
    await session.close()
  }
}

const load = new URL('training-load.mjs', import.meta.url)

interface Fit {
  /** Told to begin. */
  begin(): void
  /** The next word it says: that it is ready, then that it has ended. */
  word(): Promise<unknown>
}

/** Two fits in two workers of one process, on one copy of the data, against two processes; both start when both are ready. */
async function workersRow(): Promise<Row> {
  const buffer = new SharedArrayBuffer(4 * 20_000 * 32)
  const inWorker = (seed: number): Fit => {
    const worker = new Worker(load, { workerData: { seed, buffer } })
    return {
      begin: () => {
        worker.postMessage('go')
      },
      word: () => once(worker, 'message'),
    }
  }
  const inProcess = (seed: number): Fit => {
    const child = fork(fileURLToPath(load), [String(seed)])
    return {
      begin: () => {
        child.send('go')
      },
      word: () => once(child, 'message'),
    }
  }
  const throughput = async (start: (seed: number) => Fit): Promise<number> => {
    const fits = [start(1), start(2)]
    await Promise.all(fits.map((fit) => fit.word()))
    const began = performance.now()
    const ends = fits.map((fit) => fit.word())
    for (const fit of fits) fit.begin()
    await Promise.all(ends)
    return 2_000 / (performance.now() - began)
  }
  return measure({
    name: 'two-workers',
    unit: 'fits/s',
    better: 'higher',
    ours: () => throughput(inWorker),
    reference: () => throughput(inProcess),
    referenceName: 'two processes',
  })
}

/** Memory of one epoch over 1,000,000 rows of 158 features beyond the dataset's own, against the budget. */
async function memoryRow(): Promise<Row> {
  const run = async (): Promise<number> => {
    const child = fork(fileURLToPath(load), ['memory'])
    const [megabytes] = (await once(child, 'message')) as [number]
    await once(child, 'exit')
    return megabytes
  }
  return measure({
    name: 'epoch-memory',
    unit: 'MB',
    better: 'lower',
    ours: run,
    reference: () => Promise.resolve(500),
    referenceName: 'budget',
    pairs: 1,
  })
}
