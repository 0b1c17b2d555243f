/**
 * Trains a network: epochs of shuffled batches, many steps in one ONNX Runtime run, early stopping on later rows. Between runs it yields, so
 * progress, abort and checkpoints happen there; how many steps a run has changes no bit of the result.
 */
import { QuorumError } from '../../core/errors.ts'
import type { Rng } from '../../core/rng.ts'
import { yieldToEvents } from '../interruption.ts'
import type { FitContext } from '../kind.ts'
import type { OnnxFeed, OnnxSession } from '../runtime/onnx-session.ts'
import type { Pace } from '../runtime/pace.ts'
import { lossOf } from './network-graphs.ts'
import { encodeState, type TrainingState } from './training-state.ts'
import type { TrainingParams } from './training-params.ts'

export interface TrainingData {
  readonly rows: number
  readonly width: number
  /** Standardised, float32 `[rows, width]`. */
  readonly features: Float32Array
  /** Standardised labels and weights of mean 1, a row. */
  readonly target: Float32Array
  readonly weight: Float32Array
}

export interface Training {
  readonly data: TrainingData
  readonly params: TrainingParams
  readonly context: FitContext
  readonly loop: OnnxSession
  readonly prediction: OnnxSession
  readonly pace: Pace
}

/** @returns the state after the last epoch; `best` holds the parameters to keep. @throws DIVERGED, CANCELLED */
export async function train(start: TrainingState, training: Training): Promise<TrainingState> {
  const { params, context } = training
  const { validation } = context
  const stepsPerEpoch = Math.ceil(context.train.length / params.batchSize)
  const total = params.maxEpochs * stepsPerEpoch
  let state = start
  while (!state.finished) {
    const batches = epochBatches(
      context.train,
      params.batchSize,
      context.rng.stream(`epoch ${state.epoch}`),
    )
    while (state.batch < stepsPerEpoch) {
      const pieces = training.pace.next(stepsPerEpoch - state.batch)
      const from = state
      state = await training.pace.measure(pieces, () => runSteps(from, batches, pieces, training))
      await yieldToEvents(context.signal, 'the training')
      if (state.batch === stepsPerEpoch) break
      const done = state.epoch * stepsPerEpoch + state.batch
      const answer = context.onProgress({
        done,
        total,
        unit: 'steps',
        trainLoss: state.lossSum / state.batch,
      })
      if (answer === 'stop') return finish(state, validation !== undefined)
      await context.checkpoint?.save(encodeState(state))
    }
    const trainLoss = state.lossSum / stepsPerEpoch
    const validationLoss = validation && (await validationLossOf(state, validation, training))
    state = endEpoch(state, validationLoss, params)
    const answer = context.onProgress({
      done: state.epoch * stepsPerEpoch,
      total,
      unit: 'steps',
      trainLoss,
      ...(validationLoss !== undefined && { validationLoss }),
    })
    if (answer === 'stop') state = finish(state, validation !== undefined)
    await context.checkpoint?.save(encodeState(state))
  }
  return state
}

function endEpoch(
  state: TrainingState,
  validationLoss: number | undefined,
  { patience, maxEpochs }: TrainingParams,
): TrainingState {
  const better = validationLoss === undefined || validationLoss < (state.bestLoss ?? Infinity)
  const next = { ...state, epoch: state.epoch + 1, batch: 0, lossSum: 0 }
  if (better) {
    next.best = state.parameters
    next.bestEpoch = state.epoch
    next.bestLoss = validationLoss ?? null
  }
  next.finished = next.epoch >= maxEpochs || state.epoch - next.bestEpoch >= patience
  return next
}

/** Ends where it stands: with the best parameters so far, or the present ones where there was no validation yet. */
function finish(state: TrainingState, validated: boolean): TrainingState {
  const best = validated && state.bestLoss !== null ? state.best : state.parameters
  return { ...state, best, finished: true }
}

interface Batches {
  readonly samples: BigInt64Array
  /** 0 where the last batch was filled up with its first sample. */
  readonly mask: Float32Array
}

function epochBatches(train: Int32Array, batchSize: number, rng: Rng): Batches {
  const order = rng.permutation(train.length)
  const length = Math.ceil(train.length / batchSize) * batchSize
  const samples = new BigInt64Array(length)
  for (let i = 0; i < length; i++) samples[i] = BigInt(train[order[i] ?? order[0]!]!)
  return { samples, mask: Float32Array.from({ length }, (_, i) => (i < order.length ? 1 : 0)) }
}

async function runSteps(
  state: TrainingState,
  { samples, mask }: Batches,
  steps: number,
  { data, params, loop }: Training,
): Promise<TrainingState> {
  const { batchSize } = params
  const vector = (values: Float32Array): OnnxFeed => ({
    type: 'float',
    data: values,
    shape: [values.length],
  })
  const [from, to] = [state.batch * batchSize, (state.batch + steps) * batchSize]
  const out = await loop.run({
    steps: { type: 'int', data: BigInt64Array.of(BigInt(steps)), shape: [1] },
    parametersIn: vector(state.parameters),
    mIn: vector(state.m),
    vIn: vector(state.v),
    stepIn: { type: 'float', data: Float32Array.of(state.step), shape: [] },
    samples: { type: 'int', data: samples.slice(from, to), shape: [steps, batchSize] },
    mask: { type: 'float', data: mask.slice(from, to), shape: [steps, batchSize] },
    learningRate: vector(new Float32Array(steps).fill(params.learningRate)),
    features: { type: 'float', data: data.features, shape: [data.rows, data.width] },
    target: vector(data.target),
    weight: vector(data.weight),
  })
  const losses = out['loss']!
  let lossSum = state.lossSum
  losses.forEach((loss, i) => {
    if (!Number.isFinite(loss)) throw diverged(state.step + i + 1, `its loss is ${loss}`)
    lossSum += loss
  })
  const parameters = out['parametersOut']!
  // A runtime may answer a finite loss to a parameter that is not, so both are looked at.
  if (!parameters.every(Number.isFinite))
    throw diverged(state.step + steps, 'a parameter is not finite')
  return {
    ...state,
    batch: state.batch + steps,
    step: state.step + steps,
    lossSum,
    parameters,
    m: out['mOut']!,
    v: out['vOut']!,
  }
}

function diverged(step: number, reason: string): QuorumError {
  return new QuorumError('DIVERGED', { step, reason })
}

/** Windows predicted in one run during validation: some tens of milliseconds for the default network. */
const validationBatch = 1024

async function validationLossOf(
  { parameters, step }: TrainingState,
  validation: Int32Array,
  { data, params, prediction, context }: Training,
): Promise<number> {
  let sum = 0
  let total = 0
  for (let from = 0; from < validation.length; from += validationBatch) {
    const rows = validation.subarray(from, from + validationBatch)
    const out = await prediction.run({
      parameters: { type: 'float', data: parameters, shape: [parameters.length] },
      features: { type: 'float', data: data.features, shape: [data.rows, data.width] },
      samples: { type: 'int', data: BigInt64Array.from(rows, BigInt), shape: [rows.length] },
    })
    rows.forEach((row, i) => {
      const weight = data.weight[row]!
      total += weight
      sum +=
        weight * lossOf(out['prediction']![i]! - data.target[row]!, params.loss, params.huberDelta)
    })
    await yieldToEvents(context.signal, 'the training')
  }
  const loss = sum / total
  if (!Number.isFinite(loss)) throw diverged(step, `its validation loss is ${loss}`)
  return loss
}
