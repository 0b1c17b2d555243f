/** A ModelKind from an architecture: what all networks share, from the training rows to the saved files. */
import { check } from '../../core/checks.ts'
import { canonicalJson, sha256, type Json } from '../../core/canonical-json.ts'
import type { Dataset } from '../../features/dataset.ts'
import { adam } from '../graph/optimiser.ts'
import { readInitializer } from '../graph/onnx-protobuf.ts'
import { checkTraining } from '../inputs.ts'
import { throwIfAborted, yieldToEvents } from '../interruption.ts'
import type { FitContext, FittedModel, ModelFiles, ModelKind } from '../kind.ts'
import { fitStandardiser, labelScale, type Standardiser } from '../preprocessing/standardiser.ts'
import { openOnnxSession, type OnnxSession } from '../runtime/onnx-session.ts'
import { createPace, type Pace } from '../runtime/pace.ts'
import { initialParameters, parameterCount, type Architecture } from './architecture.ts'
import { openNetwork, readNetwork } from './fitted-network.ts'
import {
  emitInference,
  emitPrediction,
  emitStandardisation,
  emitTraining,
  type NetworkShape,
} from './network-graphs.ts'
import { train, type TrainingData } from './trainer.ts'
import type { TrainingParams } from './training-params.ts'
import { decodeState, initialState, type TrainingState } from './training-state.ts'

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
    window: ({ window }) => window,
    fit: (dataset, chosen, context) => fitNetwork(definition, dataset, chosen, context),
    load: (files) => Promise.resolve(files).then(readNetwork).then(openNetwork),
  }
}

/** `pace` is for tests; it decides how often the fit pauses and nothing else. */
export async function fitNetwork<Params extends TrainingParams & Record<string, Json>>(
  { name, architecture: build }: NetworkDefinition<Params>,
  dataset: Dataset,
  params: Params,
  context: FitContext,
  pace: Pace = createPace(),
): Promise<FittedModel> {
  const { features } = dataset
  const { window } = params
  throwIfAborted(context.signal, 'the training')
  checkTraining(dataset, context.train, window, 'training')
  if (context.validation) checkTraining(dataset, context.validation, window, 'validation')
  const shape = { architecture: build(params, features.length), features: features.length, window }
  const standardiser = fitStandardiser(dataset, context.train, dataset.weight, params.clip)
  const label = labelScale(dataset.y, context.train, dataset.weight)
  const data = await prepare(dataset, standardiser, label, context)
  const start = await startingState(name, shape, dataset, params, context)
  const sessions: OnnxSession[] = []
  const open = async (model: Uint8Array): Promise<OnnxSession> => {
    const session = await openOnnxSession(model)
    sessions.push(session)
    await yieldToEvents(context.signal, 'the training')
    return session
  }
  try {
    const optimiser = adam({ weightDecay: params.weightDecay, clipNorm: params.clipNorm })
    const loop = await open(emitTraining(shape, params, optimiser))
    const prediction = await open(emitPrediction(shape))
    const { best } = await train(start, { data, params, context, loop, prediction, pace })
    const onnx = emitInference(shape, { standardiser, label, parameters: best })
    return await openNetwork({ kind: name, features, window, onnx })
  } finally {
    for (const session of sessions) await session.close()
  }
}

/** Rows standardised in one run. */
const blockRows = 16_384

/** The matrix through the saved model's own preprocessing, once; labels and weights in training units. */
async function prepare(
  { rows, features, X, y, weight }: Dataset,
  standardiser: Standardiser,
  label: { readonly mean: number; readonly deviation: number },
  { train, signal }: FitContext,
): Promise<TrainingData> {
  const width = features.length
  const session = await openOnnxSession(emitStandardisation(width, standardiser))
  const standardised = new Float32Array(rows * width)
  try {
    for (let from = 0; from < rows; from += blockRows) {
      const data = X.slice(from * width, (from + blockRows) * width)
      const out = await session.run({
        features: { type: 'float', data, shape: [data.length / width, width] },
      })
      standardised.set(out['standardised']!, from * width)
      await yieldToEvents(signal, 'the training')
    }
  } finally {
    await session.close()
  }
  const meanWeight = train.reduce((sum, row) => sum + weight[row]!, 0) / train.length
  return {
    rows,
    width,
    features: standardised,
    target: Float32Array.from(y, (value) => (value - label.mean) / label.deviation),
    weight: Float32Array.from(weight, (value) => value / meanWeight),
  }
}

async function startingState(
  name: string,
  { architecture, features, window }: NetworkShape,
  dataset: Dataset,
  params: Record<string, Json>,
  { train, validation, rng, checkpoint, initial }: FitContext,
): Promise<TrainingState> {
  const size = parameterCount(architecture)
  const first = initial
    ? parametersOf(initial, name, { features: dataset.features, window, size })
    : initialParameters(architecture, rng.stream('parameters'))
  const hashRows = (rows: Int32Array | undefined): string =>
    sha256(Int32Array.from(rows ?? []).join())
  const fit = sha256(
    canonicalJson({
      kind: name,
      params,
      features,
      data: dataset.fingerprint,
      train: hashRows(train),
      validation: hashRows(validation),
      // The first parameters stand for the seed: they are drawn from it.
      first: sha256(first.join()),
    }),
  )
  const saved = await checkpoint?.load()
  return saved === undefined ? initialState(fit, first) : decodeState(saved, fit, size)
}

function parametersOf(
  files: ModelFiles,
  name: string,
  expected: {
    readonly features: readonly string[]
    readonly window: number
    readonly size: number
  },
): Float32Array {
  const { kind, features, window, onnx } = readNetwork(files)
  const parameters = readInitializer(onnx, 'parameters')
  check(
    kind === name &&
      features.join() === expected.features.join() &&
      window === expected.window &&
      parameters?.length === expected.size,
    'the initial model',
    `a ${name} of window ${expected.window} with ${expected.size} parameters on the same features`,
    `a ${kind} of window ${window} with ${parameters?.length ?? 0} parameters`,
    'Train without an initial model.',
  )
  return parameters
}
