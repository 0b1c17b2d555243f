/** A ModelKind from an architecture: what all networks share, from the training rows to the saved files. */
import { check } from '../../core/checks.ts'
import { canonicalJson, sha256, type Json } from '../../core/canonical-json.ts'
import type { Dataset } from '../../features/dataset.ts'
import { readInitializer } from '../graph/onnx-decode.ts'
import { adam, adamw, averaged, clipped, sgd, type Optimiser } from '../graph/optimiser.ts'
import { checkTraining } from '../inputs.ts'
import { throwIfAborted, yieldToEvents } from '../interruption.ts'
import type { FitContext, FittedModel, ModelFiles, ModelKind } from '../kind.ts'
import { fitScaler } from '../preprocessing/scaler.ts'
import { labelScale } from '../preprocessing/standardiser.ts'
import { openOnnxSession, type OnnxSession } from '../runtime/onnx-session.ts'
import { createPace, type Pace } from '../runtime/pace.ts'
import { initialParameters, parameterCount, type Architecture } from './architecture.ts'
import { networkFormat, openNetwork, readNetwork } from './fitted-network.ts'
import { flatBound } from './heads/direction.ts'
import type { HeadFacts } from './heads/head.ts'
import { createHeads } from './heads/index.ts'
import { idleParams } from './idle-params.ts'
import { networkExports } from './network-exports.ts'
import {
  emitEvaluation,
  emitInference,
  emitTraining,
  networkParameters,
  type Network,
} from './network-graphs.ts'
import { dateBatches, sampleBatches, type Batching } from './training/batches.ts'
import { classOf, finishHeads } from './training/finish.ts'
import { train, type Judge } from './training/trainer.ts'
import { openTrainingData } from './training/training-data.ts'
import { decodeState, initialState, type TrainingState } from './training/training-state.ts'
import type { TrainingParams } from './training-params.ts'

export interface NetworkDefinition<
  Params extends TrainingParams & Record<string, Json>,
> extends Pick<ModelKind<Params>, 'name' | 'doc' | 'params' | 'searchSpace'> {
  readonly architecture: (params: Params, features: number) => Architecture
}

export function createNetworkKind<Params extends TrainingParams & Record<string, Json>>(
  definition: NetworkDefinition<Params>,
): ModelKind<Params> {
  const { name, doc, params, searchSpace } = definition
  return {
    name,
    doc,
    params,
    searchSpace,
    needs: 'dataset',
    idle: idleParams,
    window: ({ window }) => window,
    fit: (dataset, chosen, context) => fitNetwork(definition, dataset, chosen, context),
    load: async (files, inference) => openNetwork(readNetwork(files), inference),
    exports: networkExports,
  }
}

export interface FitOptions {
  /** How often the fit pauses, and nothing else. */
  readonly pace?: Pace
  /** Cells up to which the dataset is scaled as a whole; the result does not depend on it. */
  readonly residentCells?: number
}

export async function fitNetwork<Params extends TrainingParams & Record<string, Json>>(
  { name, architecture: build }: NetworkDefinition<Params>,
  dataset: Dataset,
  params: Params,
  context: FitContext,
  { pace = createPace(), ...dataOptions }: FitOptions = {},
): Promise<FittedModel> {
  const { features } = dataset
  const { window } = params
  throwIfAborted(context.signal, 'the training')
  checkTraining(dataset, context.train, window, 'training')
  if (context.validation) checkTraining(dataset, context.validation, window, 'validation')
  const facts = headFacts(dataset, params, context.train)
  const network: Network = {
    architecture: build(params, features.length),
    heads: createHeads(params, facts),
    features: features.length,
    window,
  }
  const batching = batchingOf(dataset, context.train, params, params.batchSize, 'training')
  const steps = params.maxEpochs * batching.batches().count
  check(steps < 2 ** 24, 'maxEpochs', 'fewer than 2²⁴ steps in all, which float32 counts', steps)
  const optimiser = optimiserOf(params)
  const scaler = await fitScaler(dataset, context.train, dataset.weight, params, context.signal)
  const start = await startingState(name, network, dataset, params, context, optimiser)
  const sessions: { close(): Promise<void> }[] = []
  const open = async (model: Uint8Array): Promise<OnnxSession> => {
    const session = await openOnnxSession(model, { device: context.device ?? 'cpu' })
    sessions.push(session)
    await yieldToEvents(context.signal, 'the training')
    return session
  }
  const judgeOf = async (rows: Int32Array, name: string): Promise<Judge> => {
    const own = batchingOf(dataset, rows, params, evaluationBatch(network), name)
    return { batching: own, session: await open(emitEvaluation(network, own.layout)) }
  }
  try {
    const data = await openTrainingData(dataset, {
      scaler,
      label: facts.label,
      train: context.train,
      window,
      signal: context.signal,
      ...dataOptions,
    })
    sessions.push(data)
    const key = context.rng.stream('dropout')
    const training = {
      data,
      params,
      context,
      batching,
      loop: await open(emitTraining(network, batching.layout, optimiser)),
      shapes: optimiser.init(start.parameters.length),
      ...(context.validation && { validation: await judgeOf(context.validation, 'validation') }),
      dropoutKey: Float32Array.from({ length: 4 }, () => (key.uint32() >>> 20) / 4096),
      pace,
    }
    const { best, curve } = await train(start, training)
    const finish = await finishHeads(best, dataset, facts, training, () =>
      judgeOf(context.train, 'training'),
    )
    const onnx = emitInference(network, { scaler, parameters: best, finish })
    return {
      ...(await openNetwork({
        kind: name,
        features,
        window,
        outputs: outputsOf(params),
        quantiles: params.outputs.includes('quantiles') ? params.quantiles : [],
        layout: layoutOf(network),
        onnx,
      })),
      curve,
    }
  } finally {
    await Promise.allSettled(sessions.map((session) => session.close()))
  }
}

function outputsOf({ outputs: heads }: TrainingParams): FittedModel['outputs'] {
  return [
    'prediction',
    ...(heads.includes('direction') ? (['probability'] as const) : []),
    ...(heads.includes('quantiles') ? (['quantiles'] as const) : []),
  ]
}

/** Windows judged in one run: some tens of milliseconds for the default network, fewer where a window is long, since attention has a score for each pair of its rows. */
function evaluationBatch({ window, features }: Network): number {
  return Math.max(1, Math.min(1024, Math.floor(2 ** 24 / (window * (features + 4 * window)))))
}

function batchingOf(
  dataset: Dataset,
  rows: Int32Array,
  { loss, outputs }: TrainingParams,
  size: number,
  name: string,
): Batching {
  return outputs.includes('value') && loss === 'ic'
    ? dateBatches(rows, dataset, size, name)
    : sampleBatches(rows, Math.min(size, rows.length))
}

function headFacts(dataset: Dataset, params: TrainingParams, rows: Int32Array): HeadFacts {
  const label = labelScale(dataset.y, rows, dataset.weight)
  const bound = flatBound(params, { label })
  const sums = [0, 0, 0]
  const totals = [0, 0, 0]
  for (const row of rows) {
    const k = classOf(dataset.y[row]!, bound)
    sums[k]! += dataset.weight[row]! * dataset.y[row]!
    totals[k]! += dataset.weight[row]!
  }
  const mean = (k: number): number => (totals[k] === 0 ? 0 : sums[k]! / totals[k]!)
  return { label, classMeans: [mean(0), mean(1), mean(2)] }
}

function optimiserOf(params: TrainingParams): Optimiser {
  const { optimizer, weightDecay, momentum, clipNorm, averaging } = params
  const inner = {
    adamw: () => adamw({ weightDecay }),
    adam: () => adam({ weightDecay }),
    sgd: () => sgd({ momentum, weightDecay }),
  }[optimizer]()
  const limited = clipped(inner, clipNorm)
  return averaging === 0 ? limited : averaged(limited, averaging)
}

async function startingState(
  name: string,
  network: Network,
  dataset: Dataset,
  params: Record<string, Json>,
  { train: rows, validation, rng, checkpoint, initial }: FitContext,
  optimiser: Optimiser,
): Promise<TrainingState> {
  const parameters = networkParameters(network)
  const size = parameterCount(parameters)
  const { window } = network
  const first = initial
    ? parametersOf(initial, name, { features: dataset.features, window, layout: layoutOf(network) })
    : initialParameters(parameters, rng.stream('parameters'))
  const hashRows = (chosen: Int32Array | undefined): string =>
    sha256(Int32Array.from(chosen ?? []).join())
  const fit = sha256(
    canonicalJson({
      format: networkFormat,
      kind: name,
      params,
      features: network.features,
      data: dataset.fingerprint,
      train: hashRows(rows),
      validation: hashRows(validation),
      weight: sha256(dataset.weight.join()),
      seed: rng.stream('identity').uint32(),
      first: sha256(first.join()),
    }),
  )
  const shapes = optimiser.init(size)
  const saved = await checkpoint?.load()
  return saved === undefined
    ? initialState(fit, first, shapes)
    : decodeState(saved, fit, { parameters: size, optimiser: shapes })
}

/** What the flat vector of parameters means: names and shapes. */
function layoutOf(network: Network): string {
  return sha256(
    canonicalJson(
      networkParameters(network).map(({ name, shape }) => ({ name, shape: [...shape] })),
    ),
  )
}

interface ExpectedModel {
  readonly features: readonly string[]
  readonly window: number
  readonly layout: string
}

function parametersOf(files: ModelFiles, name: string, expected: ExpectedModel): Float32Array {
  const { kind, features, window, layout, onnx } = readNetwork(files)
  const parameters = readInitializer(onnx, 'parameters')
  check(
    kind === name &&
      features.join() === expected.features.join() &&
      window === expected.window &&
      layout === expected.layout &&
      parameters !== undefined,
    'the initial model',
    `a ${name} of window ${expected.window} with the same layers and outputs on the same features`,
    `a ${kind} of window ${window}${layout === undefined ? ' of an earlier form' : ' with others'}`,
    'Train without an initial model.',
  )
  return parameters
}
