/**
 * The training of a network: epochs of shuffled mini-batches, each run of the loop covering about a quarter of a second of steps; after each
 * epoch the validation loss, and an end where it has not improved for `patience` epochs, with the best parameters kept. How steps are put into runs changes no bit of the result.
 */
import { QuorumError } from '../../../core/errors.ts'
import { yieldToEvents } from '../../interruption.ts'
import type { FitContext } from '../../kind.ts'
import type { OnnxFeed, OnnxSession } from '../../runtime/onnx-session.ts'
import type { Pace } from '../../runtime/pace.ts'
import type { TrainingParams } from '../training-params.ts'
import type { Batches, Batching } from './batches.ts'
import { rateFactor } from './schedule.ts'
import type { TrainingData } from './training-data.ts'
import { encodeState, type OptimiserShapes, type TrainingState } from './training-state.ts'

/** Rows to be judged, and the graph for batches of their layout. */
export interface Judge {
  readonly batching: Batching
  readonly session: OnnxSession
}

export interface Training {
  readonly data: TrainingData
  readonly params: TrainingParams
  readonly context: FitContext
  readonly batching: Batching
  readonly loop: OnnxSession
  /** Shapes of the optimiser's state. */
  readonly shapes: OptimiserShapes
  /** Of the validation rows; none where there are none. */
  readonly validation?: Judge
  /** Four halves of a key, see `graph/layers/uniform.ts`. */
  readonly dropoutKey: Float32Array
  readonly pace: Pace
}

/** @returns the state after the last epoch; `best` holds the parameters to keep. @throws DIVERGED, CANCELLED */
export async function train(start: TrainingState, training: Training): Promise<TrainingState> {
  const { data, params, context, batching, validation } = training
  const stepsPerTable = Math.max(1, Math.floor(data.most / placesOf(batching)))
  let state = start
  while (!state.finished) {
    const batches = batching.batches(context.rng.stream(`epoch ${state.epoch}`))
    const total = params.maxEpochs * batches.count
    let rowsPerSecond = 0
    while (state.batch < batches.count) {
      const pieces = training.pace.next(Math.min(batches.count - state.batch, stepsPerTable))
      const from = state
      const began = performance.now()
      state = await training.pace.measure(pieces, () => runSteps(from, batches, pieces, training))
      rowsPerSecond =
        rowsIn(batches, from.batch, state.batch) / ((performance.now() - began) / 1_000)
      await yieldToEvents(context.signal, 'the training')
      if (state.batch === batches.count) break
      const answer = context.onProgress({
        done: state.epoch * batches.count + state.batch,
        total,
        unit: 'steps',
        trainLoss: state.lossSum / state.batch,
        rowsPerSecond,
      })
      if (answer === 'stop') state = finish(state, validation !== undefined)
      await save(state, context)
      if (state.finished) return state
    }
    const trainLoss = state.lossSum / batches.count
    if (trainLoss > explosion * Math.max(state.firstLoss ?? 1, 1)) {
      const reason = `the mean loss of its epoch is ${trainLoss}, the first step's was ${state.firstLoss}`
      throw diverged(state.step, reason)
    }
    const validationLoss = validation && (await validationLossOf(state, validation, training))
    state = endEpoch(
      state,
      { trainLoss, ...(validationLoss !== undefined && { validationLoss }) },
      params,
    )
    const answer = context.onProgress({
      done: state.epoch * batches.count,
      total,
      unit: 'steps',
      trainLoss,
      ...(validationLoss !== undefined && { validationLoss }),
      rowsPerSecond,
    })
    if (answer === 'stop') state = finish(state, validation !== undefined)
    await save(state, context)
  }
  return state
}

function placesOf({ layout }: Batching): number {
  return layout.dates * layout.slots
}

/** Rows that count in batches [from, to). */
function rowsIn({ mask, count }: Batches, from: number, to: number): number {
  const places = mask.length / count
  return mask.subarray(from * places, to * places).reduce((sum, one) => sum + one, 0)
}

async function save(state: TrainingState, { checkpoint }: FitContext): Promise<void> {
  if (checkpoint?.due() === true) await checkpoint.save(encodeState(state))
}

export function endEpoch(
  state: TrainingState,
  losses: { readonly trainLoss: number; readonly validationLoss?: number },
  { patience, maxEpochs, schedule }: TrainingParams,
): TrainingState {
  const { validationLoss } = losses
  const better = validationLoss === undefined || validationLoss < (state.bestLoss ?? Infinity)
  const epoch = state.epoch + 1
  const next = {
    ...state,
    epoch,
    batch: 0,
    lossSum: 0,
    curve: [...state.curve, { step: epoch, ...losses }],
  }
  if (better) {
    next.best = evaluated(state)
    next.bestEpoch = state.epoch
    next.bestLoss = validationLoss ?? null
  }
  // A third of the patience on one plateau leaves room for two lower rates before the end.
  const since = epoch - 1 - Math.max(next.bestEpoch, state.rateEpoch)
  if (schedule === 'plateau' && since >= Math.max(1, Math.floor(patience / 3))) {
    next.rate = state.rate / 2
    next.rateEpoch = epoch - 1
  }
  next.finished = epoch >= maxEpochs || state.epoch - next.bestEpoch >= patience
  return next
}

/** What is validated and kept: the average where there is one. */
function evaluated({ parameters, optimiser }: TrainingState): Float32Array {
  return optimiser['average'] ?? parameters
}

/** Ends where it stands: with the best parameters so far, or the present ones where there was no validation yet. */
function finish(state: TrainingState, validated: boolean): TrainingState {
  const best = validated && state.bestLoss !== null ? state.best : evaluated(state)
  return { ...state, best, finished: true }
}

const vector = (values: Float32Array): OnnxFeed => ({
  type: 'float',
  data: values,
  shape: [values.length],
})

const scalar = (value: number): OnnxFeed => ({
  type: 'float',
  data: Float32Array.of(value),
  shape: [],
})

async function runSteps(
  state: TrainingState,
  batches: Batches,
  steps: number,
  { data, params, loop, batching, dropoutKey, shapes }: Training,
): Promise<TrainingState> {
  const places = placesOf(batching)
  const [from, to] = [state.batch * places, (state.batch + steps) * places]
  const table = await data.table(batches.samples.subarray(from, to))
  const total = params.maxEpochs * batches.count
  const scale = state.rate * params.learningRate
  const rates = Float32Array.from(
    { length: steps },
    (_, i) => scale * rateFactor(params, state.step + i, total),
  )
  const feeds: Record<string, OnnxFeed> = {
    ...table.feeds,
    steps: { type: 'int', data: BigInt64Array.of(BigInt(steps)), shape: [1] },
    parametersIn: vector(state.parameters),
    takenIn: scalar(state.step),
    samples: { type: 'int', data: table.samples, shape: [steps, places] },
    mask: { type: 'float', data: batches.mask.slice(from, to), shape: [steps, places] },
    learningRate: vector(rates),
    dropoutKey: vector(dropoutKey),
  }
  for (const [name, data] of Object.entries(state.optimiser))
    feeds[`${name}In`] = { type: 'float', data, shape: shapes[name]! }
  const out = await loop.run(pick(feeds, loop.inputs))
  let lossSum = state.lossSum
  out['loss']!.forEach((loss, i) => {
    if (!Number.isFinite(loss)) throw diverged(state.step + i + 1, `its loss is ${loss}`)
    lossSum += loss
  })
  const parameters = out['parametersOut']!
  // A runtime may answer a finite loss to a parameter that is not, so both are looked at.
  if (!parameters.every(Number.isFinite))
    throw diverged(
      state.step + steps,
      `a parameter is not finite after it or one of the ${steps - 1} before`,
    )
  return {
    ...state,
    batch: state.batch + steps,
    step: state.step + steps,
    firstLoss: state.firstLoss ?? out['loss']![0]!,
    lossSum,
    parameters,
    optimiser: Object.fromEntries(
      Object.keys(state.optimiser).map((name) => [name, out[`${name}Out`]!]),
    ),
  }
}

/** A graph has only the inputs that it needs: without dropout there is no key. */
function pick(
  feeds: Readonly<Record<string, OnnxFeed>>,
  names: readonly string[],
): Record<string, OnnxFeed> {
  return Object.fromEntries(names.map((name) => [name, feeds[name]!]))
}

/** An epoch's mean loss beyond so many times what an untrained model has is no training: labels are in deviations, so that is about 1 for every loss. */
const explosion = 1_000

function diverged(step: number, reason: string): QuorumError {
  return new QuorumError('DIVERGED', { step, reason })
}

async function validationLossOf(
  state: TrainingState,
  validation: Judge,
  training: Training,
): Promise<number> {
  let [sum, total] = [0, 0]
  await judge(evaluated(state), validation, training, ['loss', 'total'], (out) => {
    sum += out['loss']![0]! * out['total']![0]!
    total += out['total']![0]!
  })
  const loss = sum / total
  if (!Number.isFinite(loss)) throw diverged(state.step, `its validation loss is ${loss}`)
  return loss
}

/** Runs the network over all batches, in order, without learning. */
export async function judge(
  parameters: Float32Array,
  { batching, session }: Judge,
  { data, context }: Pick<Training, 'data' | 'context'>,
  fetch: readonly string[],
  take: (
    out: Readonly<Record<string, Float32Array>>,
    batch: { readonly samples: Int32Array; readonly mask: Float32Array },
  ) => void,
): Promise<void> {
  const { count, samples, mask } = batching.batches()
  const places = placesOf(batching)
  for (let batch = 0; batch < count; batch++) {
    const [from, to] = [batch * places, (batch + 1) * places]
    const rows = samples.subarray(from, to)
    const table = await data.table(rows)
    const own = mask.slice(from, to)
    const feeds: Record<string, OnnxFeed> = {
      ...table.feeds,
      parameters: vector(parameters),
      samples: { type: 'int', data: table.samples, shape: [places] },
      mask: vector(own),
    }
    take(await session.run(pick(feeds, session.inputs), fetch), { samples: rows, mask: own })
    await yieldToEvents(context.signal, 'the training')
  }
}
