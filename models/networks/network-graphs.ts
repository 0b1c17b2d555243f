/**
 * The three graphs of a network, all from one forward pass: the training loop, the prediction of many windows during training
 * (parameters are an input), and the model that is saved (parameters and preprocessing inside).
 */
import { gradients } from '../graph/differentiate.ts'
import { emitLoop, emitModel } from '../graph/emit.ts'
import { Graph, type Value } from '../graph/graph.ts'
import type { Optimiser } from '../graph/optimiser.ts'
import {
  abs,
  add,
  clip,
  div,
  gather,
  isNaN,
  maximum,
  minimum,
  mul,
  reduceSum,
  reshape,
  sub,
  transpose,
  where,
} from '../graph/operations/index.ts'
import type { Standardiser } from '../preprocessing/standardiser.ts'
import { parameterCount, unpackParameters, type Architecture } from './architecture.ts'
import type { TrainingParams } from './training-params.ts'

export interface NetworkShape {
  readonly architecture: Architecture
  readonly features: number
  readonly window: number
}

/**
 * The training loop. Inputs: `features` [rows, features] standardised, `target` and `weight` [rows], `samples` int [steps, batch], `mask`
 * [steps, batch] (0 where a batch was filled up), `learningRate` [steps]; state `parameters`, `m`, `v`, `step`; collects `loss`.
 */
export function emitTraining(
  { architecture, features, window }: NetworkShape,
  { batchSize, loss, huberDelta }: Pick<TrainingParams, 'batchSize' | 'loss' | 'huberDelta'>,
  optimiser: Optimiser,
): Uint8Array {
  const graph = new Graph()
  const iteration = graph.input('iteration', 'int', [])
  const size = parameterCount(architecture)
  const parameters = graph.input('parameters', 'float', [size])
  const ofThisStep = (name: string, element: 'float' | 'int', shape: readonly number[]): Value =>
    gather(graph.input(name, element, ['steps', ...shape]), iteration)
  const samples = ofThisStep('samples', 'int', [batchSize])
  const mask = ofThisStep('mask', 'float', [batchSize])
  const learningRate = ofThisStep('learningRate', 'float', [])

  const x = gatherWindows(graph.input('features', 'float', ['rows', features]), samples, window)
  const prediction = reshape(architecture.forward(x, unpackParameters(architecture, parameters)), [
    batchSize,
  ])
  const target = gather(graph.input('target', 'float', ['rows']), samples)
  const weight = mul(gather(graph.input('weight', 'float', ['rows']), samples), mask)
  const each = pointLoss(sub(prediction, target), loss, huberDelta)
  // The floor only matters for a batch whose weights are all 0: its loss is 0, not NaN.
  const mean = div(reduceSum(mul(weight, each)), maximum(reduceSum(weight), 1e-12))

  const [gradient] = gradients(mean, [parameters])
  const before = Object.fromEntries(
    Object.entries(optimiser.init(size)).map(([name, shape]) => [
      name,
      graph.input(name, 'float', shape),
    ]),
  )
  const after = optimiser.update({ parameters, gradient: gradient!, state: before, learningRate })
  return emitLoop({
    iteration,
    state: {
      parameters: { before: parameters, after: after.parameters },
      ...Object.fromEntries(
        Object.entries(before).map(([name, value]) => [
          name,
          { before: value, after: after.state[name]! },
        ]),
      ),
    },
    collect: { loss: mean },
  })
}

/** Inputs `parameters`, `features` [rows, features] standardised, `samples` int [batch]; output `prediction` [batch], standardised. */
export function emitPrediction({ architecture, features, window }: NetworkShape): Uint8Array {
  const graph = new Graph()
  const parameters = graph.input('parameters', 'float', [parameterCount(architecture)])
  const table = graph.input('features', 'float', ['rows', features])
  const x = gatherWindows(table, graph.input('samples', 'int', ['batch']), window)
  const prediction = architecture.forward(x, unpackParameters(architecture, parameters))
  return emitModel({ prediction: reshape(prediction, ['batch']) })
}

export interface InferenceConstants {
  readonly standardiser: Standardiser
  readonly label: { readonly mean: number; readonly deviation: number }
  readonly parameters: Float32Array
}

/** The saved model: `features` [batch, window, features] as they come, `prediction` [batch, 1] in label units. */
export function emitInference(
  { architecture, features, window }: NetworkShape,
  { standardiser, label, parameters }: InferenceConstants,
): Uint8Array {
  const graph = new Graph()
  const flat = graph.input('parameters', 'float', [parameters.length])
  const raw = graph.input('features', 'float', ['batch', window, features])
  const x = transpose(standardise(raw, standardiser), [1, 0, 2])
  const output = architecture.forward(x, unpackParameters(architecture, flat))
  return emitModel({ prediction: add(mul(output, label.deviation), label.mean) }, { parameters })
}

/** Input `features` [rows, features] as they come, output `standardised` of the same shape: the saved model's own nodes. */
export function emitStandardisation(features: number, standardiser: Standardiser): Uint8Array {
  const graph = new Graph()
  const raw = graph.input('features', 'float', ['rows', features])
  return emitModel({ standardised: standardise(raw, standardiser) })
}

/** A missing value takes the mean, a column without variation becomes 0, the rest is scaled and clipped. */
function standardise(x: Value, { mean, deviation, clip: limit }: Standardiser): Value {
  const constant = (values: readonly number[]): Value =>
    x.graph.constant('float', [values.length], values)
  const centre = constant(mean)
  const filled = where(isNaN(x), centre, x)
  const factor = constant(deviation.map((value) => (value === 0 ? 0 : 1 / value)))
  return clip(mul(sub(filled, centre), factor), -limit, limit)
}

/** `[window, batch, features]`: the rows that end at each sample, oldest first. */
function gatherWindows(table: Value, samples: Value, window: number): Value {
  const offsets = Array.from({ length: window }, (_, t) => t - window + 1)
  const rows = add(
    reshape(samples, [1, ...samples.type.shape]),
    table.graph.constant('int', [window, 1], offsets),
  )
  return gather(table, rows)
}

function pointLoss(error: Value, loss: TrainingParams['loss'], delta: number): Value {
  if (loss === 'mse') return mul(error, error)
  const size = abs(error)
  const inner = minimum(size, delta)
  return mul(inner, sub(size, mul(inner, 0.5)))
}

/** The same loss in float64, for validation. */
export function lossOf(error: number, loss: TrainingParams['loss'], delta: number): number {
  if (loss === 'mse') return error * error
  const size = Math.abs(error)
  const inner = Math.min(size, delta)
  return inner * (size - inner / 2)
}
