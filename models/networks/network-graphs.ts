/** The graphs of a network, all from one forward pass: the training loop, the validation, and the model that is saved. */
import { gradients } from '../graph/differentiate.ts'
import { emitLoop, emitModel, type LoopStep } from '../graph/emit.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { createDropout, noDropout } from '../graph/layers/dropout.ts'
import { piecewiseLinear } from '../graph/layers/piecewise.ts'
import { sequenceOf, type Sequence } from '../graph/layers/sequence.ts'
import {
  add,
  clip,
  gather,
  isNaN,
  mul,
  reshape,
  sub,
  transpose,
  where,
} from '../graph/operations/index.ts'
import type { Optimiser } from '../graph/optimiser.ts'
import type { Scaler } from '../preprocessing/scaler.ts'
import {
  parameterCount,
  unpackParameters,
  type Architecture,
  type Parameter,
} from './architecture.ts'
import type { BatchLayout, Finish, Head, HeadName, HeadOutputs, Loss } from './heads/head.ts'

export interface Network {
  readonly architecture: Architecture
  readonly heads: readonly Head[]
  readonly features: number
  readonly window: number
}

export function networkParameters({ architecture, heads }: Network): Parameter[] {
  return [
    ...architecture.parameters,
    ...heads.flatMap((head) => head.parameters(architecture.width)),
  ]
}

/**
 * The training loop. Inputs: `features` [rows, features] scaled, `target` and `weight` [rows], `samples` int [steps, batch], `mask`
 * [steps, batch] (0 where a batch was filled up), `learningRate` [steps], `dropoutKey` [4] where the network drops; state `parameters`, `taken` (steps
 * before this one) and the optimiser's; collects `loss`. The batch is `dates · slots` samples.
 */
export function emitTraining(
  network: Network,
  layout: BatchLayout,
  optimiser: Optimiser,
): Uint8Array {
  const graph = new Graph()
  const iteration = graph.input('iteration', 'int', [])
  const { state, loss } = trainingStep(graph, network, layout, optimiser, (name, element, shape) =>
    gather(graph.input(name, element, ['steps', ...shape]), iteration),
  )
  return emitLoop({ iteration, state, collect: { loss } })
}

/**
 * One step of that loop as a model of its own: inputs without the first axis `steps`, state in by its name and out with the suffix `Out`, `loss` [1]. Inputs named in
 * `fixed` become part of the model.
 */
export function emitTrainingStep(
  network: Network,
  layout: BatchLayout,
  optimiser: Optimiser,
  fixed: Readonly<Record<string, ArrayLike<number>>> = {},
): Uint8Array {
  const graph = new Graph()
  const { state, loss } = trainingStep(graph, network, layout, optimiser, (...input) =>
    graph.input(...input),
  )
  const after = Object.entries(state).map(([name, value]) => [`${name}Out`, value.after] as const)
  return emitModel({ loss: reshape(loss, [1]), ...Object.fromEntries(after) }, fixed)
}

interface TrainingStep {
  readonly state: LoopStep['state']
  readonly loss: Value
}

function trainingStep(
  graph: Graph,
  network: Network,
  layout: BatchLayout,
  optimiser: Optimiser,
  ofThisStep: (name: string, element: 'float' | 'int', shape: readonly number[]) => Value,
): TrainingStep {
  const size = parameterCount(networkParameters(network))
  const parameters = graph.input('parameters', 'float', [size])
  const taken = graph.input('taken', 'float', [])
  const batch = layout.dates * layout.slots
  const { mean } = batchLoss(graph, network, {
    parameters,
    samples: ofThisStep('samples', 'int', [batch]),
    mask: ofThisStep('mask', 'float', [batch]),
    layout,
    dropout: createDropout(graph.input('dropoutKey', 'float', [4]), taken),
    learning: true,
  })
  const [gradient] = gradients(mean, [parameters])
  const before = Object.fromEntries(
    Object.entries(optimiser.init(size)).map(([name, shape]) => [
      name,
      graph.input(name, 'float', shape),
    ]),
  )
  const learningRate = ofThisStep('learningRate', 'float', [])
  const after = optimiser.update({ parameters, gradient: gradient!, state: before, learningRate })
  return {
    loss: mean,
    state: {
      parameters: { before: parameters, after: after.parameters },
      taken: { before: taken, after: add(taken, 1) },
      ...Object.fromEntries(
        Object.entries(before).map(([name, value]) => [
          name,
          { before: value, after: after.state[name]! },
        ]),
      ),
    },
  }
}

/**
 * One batch judged without learning. Inputs `parameters`, `features`, `target`, `weight`, `samples` int [batch], `mask` [batch]; outputs `loss` and `total` (how much the
 * batch weighs) [1], and each head's raw values by its name, `[batch, n]`.
 */
export function emitEvaluation(network: Network, layout: BatchLayout): Uint8Array {
  const graph = new Graph()
  const batch = layout.dates * layout.slots
  const { mean, total, raw } = batchLoss(graph, network, {
    parameters: graph.input('parameters', 'float', [parameterCount(networkParameters(network))]),
    samples: graph.input('samples', 'int', [batch]),
    mask: graph.input('mask', 'float', [batch]),
    layout,
    dropout: noDropout,
    learning: false,
  })
  return emitModel({ loss: reshape(mean, [1]), total: reshape(total, [1]), ...raw })
}

export interface JudgedBatch {
  readonly parameters: Value
  readonly samples: Value
  readonly mask: Value
  readonly layout: BatchLayout
  readonly dropout: typeof noDropout
  /** Whether the loss is to be differentiated. */
  readonly learning: boolean
}

/** The loss of one batch: the sum of the heads' losses, which weigh as the first one does. */
export function batchLoss(
  graph: Graph,
  { architecture, heads, features, window }: Network,
  { parameters, samples, mask, layout, dropout, learning }: JudgedBatch,
): Loss & { readonly raw: Record<string, Value> } {
  const values = unpackParameters(
    networkParameters({ architecture, heads, features, window }),
    parameters,
  )
  const table = graph.input('features', 'float', ['rows', features])
  const target = gather(graph.input('target', 'float', ['rows']), samples)
  const weight = mul(gather(graph.input('weight', 'float', ['rows']), samples), mask)
  const x = gatherWindows(table, samples, { window, learning })
  const { embedding } = architecture.forward(x, values, dropout)
  const raw = Object.fromEntries(heads.map((head) => [head.name, head.raw(embedding, values)]))
  const losses = heads.map((head) => head.loss({ raw: raw[head.name]!, target, weight, layout }))
  return {
    mean: losses.map((loss) => loss.mean).reduce((a, b) => add(a, b)),
    total: losses[0]!.total,
    raw,
  }
}

/** The rows that end at each sample, oldest first: gathered a moment at a time, or all at once, whichever a layer asks for. */
function gatherWindows(
  table: Value,
  samples: Value,
  { window, learning }: Pick<Sequence, 'window' | 'learning'>,
): Sequence {
  const { graph } = table
  const batch = samples.type.shape[0] as number
  const moment = (t: number): Value =>
    gather(table, sub(samples, graph.constant('int', [], [window - 1 - t])))
  const back = Array.from({ length: window }, (_, t) => window - 1 - t)
  return {
    window,
    batch,
    width: table.type.shape[1] as number,
    learning,
    moment,
    whole: () =>
      gather(table, sub(reshape(samples, [1, batch]), graph.constant('int', [window, 1], back))),
    // Nothing flows back into the table.
    parts: () => [],
    join: () => [],
  }
}

export interface InferenceParts {
  readonly scaler: Scaler
  readonly parameters: Float32Array
  readonly finish: Readonly<Partial<Record<HeadName, Finish>>>
}

/**
 * The saved model: `features` [batch, window, features] as they come; `prediction` [batch, 1] and what else the heads give, in label units; `attention` [batch, window] from
 * networks that pool by it.
 */
export function emitInference(
  network: Network,
  { scaler, parameters, finish }: InferenceParts,
): Uint8Array {
  const { architecture, heads, features, window } = network
  const graph = new Graph()
  const flat = graph.input('parameters', 'float', [parameters.length])
  const raw = graph.input('features', 'float', ['batch', window, features])
  const x = sequenceOf(transpose(scale(raw, scaler), [1, 0, 2]))
  const values = unpackParameters(networkParameters(network), flat)
  const { embedding, attention } = architecture.forward(x, values, noDropout)
  const outputs = heads
    .map((head) => head.outputs(head.raw(embedding, values), finish[head.name] ?? {}))
    // The first head that gives an output keeps it.
    .reduceRight<Partial<HeadOutputs>>((all, own) => ({ ...all, ...own }), {})
  const { prediction, ...others } = outputs
  return emitModel(
    { prediction: prediction!, ...others, ...(attention && { attention }) },
    { parameters },
  )
}

/** Input `features` [rows, features] as they come, output `scaled` of the same shape: the saved model's own nodes. */
export function emitScaling(features: number, scaler: Scaler): Uint8Array {
  const graph = new Graph()
  return emitModel({ scaled: scale(graph.input('features', 'float', ['rows', features]), scaler) })
}

function scale(x: Value, scaler: Scaler): Value {
  if (scaler.type === 'rank') return where(isNaN(x), 0, piecewiseLinear(x, scaler.curves))
  const { mean, deviation, clip: limit } = scaler.standardiser
  const constant = (values: readonly number[]): Value =>
    x.graph.constant('float', [values.length], values)
  const factor = constant(deviation.map((value) => (value === 0 ? 0 : 1 / value)))
  // A missing value is the mean, which is 0 here; a number is faster to choose than a row of means.
  return clip(where(isNaN(x), 0, mul(sub(x, constant(mean)), factor)), -limit, limit)
}
