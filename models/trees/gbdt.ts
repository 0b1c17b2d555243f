/**
 * Kind `gbdt`: gradient-boosted trees on histograms, window 1. A missing feature follows each split's learned direction; the learner knows what to do
 * with infinities, but as for every kind they are refused here.
 */
import { canonicalJson, sha256 } from '../../core/canonical-json.ts'
import { check } from '../../core/checks.ts'
import type { Dataset } from '../../features/dataset.ts'
import { checkTraining } from '../inputs.ts'
import { throwIfAborted } from '../interruption.ts'
import type { FitContext, FittedModel, ModelKind } from '../kind.ts'
import { fittedGbdt } from './fitted-gbdt.ts'
import { gbdtParams, gbdtSearchSpace, type GbdtParams } from './gbdt-params.ts'
import { explainGbdt } from './explain/explain.ts'
import { exportOnnx } from './interchange/onnx-export.ts'
import { importXgboost } from './interchange/xgboost-read.ts'
import { exportXgboostJson, exportXgboostUbj } from './interchange/xgboost-write.ts'
import { openLearner, type Learner } from './learn-anywhere.ts'
import type { LearnTask } from './learner.ts'
import { readModel, type GbdtModel } from './model.ts'
import { createPredictor } from './predictor.ts'

export const gbdt: ModelKind<GbdtParams> = {
  name: 'gbdt',
  doc: 'Gradient-boosted trees on histograms, on the last row: non-linear, interactions, missing values.',
  params: gbdtParams,
  searchSpace: gbdtSearchSpace,
  needs: 'dataset',
  window: () => 1,
  fit: fitGbdt,
  load: (files) => Promise.resolve().then(() => fittedGbdt(readModel(files))),
  exports: {
    onnx: exportOnnx,
    'xgboost-json': exportXgboostJson,
    'xgboost-ubj': exportXgboostUbj,
  },
  imports: {
    'xgboost-json': importXgboost('xgboost-json'),
    'xgboost-ubj': importXgboost('xgboost-ubj'),
  },
  explain: (files, request) => explainGbdt(readModel(files), request),
}

async function fitGbdt(
  dataset: Dataset,
  params: GbdtParams,
  context: FitContext,
): Promise<FittedModel> {
  throwIfAborted(context.signal, 'the tree fit')
  checkParams(params)
  const { train, validation, threads } = context
  const learner = openLearner({
    rows: train.length + (validation?.length ?? 0),
    trainRows: train.length,
    features: dataset.features.length,
    threads: params.nthread ?? threads,
  })
  try {
    return await fitWith(learner, dataset, params, context)
  } finally {
    learner.close()
  }
}

async function fitWith(
  learner: Learner,
  dataset: Dataset,
  params: GbdtParams,
  context: FitContext,
): Promise<FittedModel> {
  const { validation = new Int32Array(0), initial, checkpoint } = context
  checkTraining(dataset, context.train, 1, 'training')
  if (context.validation !== undefined) checkTraining(dataset, validation, 1, 'validation')
  // A row of weight 0 must not even move a cut.
  const train = context.train.filter((row) => dataset.weight[row]! > 0)
  const started = initial && checkInitial(readModel(initial), dataset, params)
  const rows = shared(Int32Array, train.length + validation.length)
  rows.set(train)
  rows.set(validation, train.length)
  const task: LearnTask = {
    params,
    features: dataset.features,
    X: dataset.X,
    rows,
    trainRows: train.length,
    labels: ofRows(dataset.y, rows, shared(Float64Array, rows.length)),
    weights: ofRows(dataset.weight, rows, shared(Float64Array, rows.length)),
    groups: ofRows(dataset.group, rows, shared(Int32Array, rows.length)),
    seed: params.seed ?? context.rng.stream('fit').uint32(),
    threads: context.threads,
    margins: started && initialMargins(started, dataset, rows),
    identity:
      checkpoint === undefined
        ? ''
        : fitIdentity(dataset, params, rows, { train: train.length, started, context }),
  }
  const { base, trees, curve } = await learner.learn(task, context)
  const { objective, huber_slope, quantile_alpha, scale_pos_weight, max_delta_step, num_class } =
    params
  const model: GbdtModel = {
    format: 'quorum-gbdt-2',
    features: [...dataset.features],
    categorical: [...params.categorical_features],
    objective: {
      ...{ objective, huber_slope, quantile_alpha, scale_pos_weight, max_delta_step, num_class },
    },
    base: [...(started?.base ?? base)],
    trees: [...(started?.trees ?? []), ...trees],
  }
  return fittedGbdt(model, curve)
}

/** In memory that a worker reads as it is. */
function shared<T>(
  Numbers: { new (memory: SharedArrayBuffer): T; readonly BYTES_PER_ELEMENT: number },
  length: number,
): T {
  return new Numbers(new SharedArrayBuffer(length * Numbers.BYTES_PER_ELEMENT))
}

function ofRows<T extends Float64Array | Int32Array>(source: T, rows: Int32Array, out: T): T {
  for (let k = 0; k < rows.length; k++) out[k] = source[rows[k]!]!
  return out
}

/** Parameters that contradict each other. */
function checkParams(params: GbdtParams): void {
  const { objective, num_class, max_depth, max_leaves, max_delta_step } = params
  const multiclass = objective === 'multi:softmax' || objective === 'multi:softprob'
  check(!multiclass || num_class >= 2, 'num_class', `at least 2 for ${objective}`, num_class)
  const { quantile_alpha: levels } = params
  check(
    levels.every((level, k) => level > (levels[k - 1] ?? 0)),
    'quantile_alpha',
    'ascending levels between 0 and 1',
    levels,
  )
  check(
    max_depth > 0 || max_leaves > 0,
    'max_depth',
    'at least 1 where max_leaves is 0',
    max_depth,
    'Give max_leaves to grow without a limit of depth.',
  )
  check(
    objective !== 'count:poisson' || max_delta_step !== 0,
    'max_delta_step',
    'above 0 for count:poisson, where a step without limit overflows',
    max_delta_step,
  )
}

function checkInitial(model: GbdtModel, { features }: Dataset, params: GbdtParams): GbdtModel {
  check(
    canonicalJson(model.features) === canonicalJson(features),
    'the initial model',
    `fitted on ${features.join(', ')}`,
    model.features.join(', '),
    'Train without an initial model.',
  )
  check(
    model.objective.objective === params.objective,
    'the initial model',
    `one of ${params.objective}`,
    model.objective.objective,
    'Train without an initial model, or with its objective.',
  )
  return model
}

/** Margins of an initial model, output by output. */
function initialMargins(model: GbdtModel, dataset: Dataset, rows: Int32Array): Float64Array {
  const margins = createPredictor(model).margins(dataset, rows)
  const outputs = model.base.length
  return Float64Array.from(margins, (_, at) => {
    const [output, row] = [Math.floor(at / rows.length), at % rows.length]
    return margins[row * outputs + output]!
  })
}

/** A hash of everything that decides the course of a fit: a checkpoint of another one is refused. */
function fitIdentity(
  { fingerprint }: Dataset,
  params: GbdtParams,
  rows: Int32Array,
  {
    train,
    started,
    context,
  }: {
    readonly train: number
    readonly started: GbdtModel | undefined
    readonly context: FitContext
  },
): string {
  const seed = params.seed ?? context.rng.stream('fit').uint32()
  const base = sha256(JSON.stringify(started?.trees ?? []))
  const rowsHash = sha256(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength))
  return sha256(canonicalJson({ fingerprint, params, train, seed, rows: rowsHash, base }))
}
