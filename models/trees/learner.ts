/**
 * Learner: labels and a matrix in, trees out. The task is plain data, so that it can be done in a worker; `learn` does it in the calling thread, with
 * helpers beside it for `threads` above 1, and gives the event loop its turn between pieces of work.
 */
import { setImmediate } from 'node:timers/promises'
import { check } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { createRng } from '../../core/rng.ts'
import { throwIfAborted } from '../interruption.ts'
import type { Checkpoint, CurvePoint, FitProgress } from '../kind.ts'
import { boost, type Boosting } from './booster.ts'
import type { GbdtParams } from './gbdt-params.ts'
import { binNext, categoricalKind, numericKind } from './growth/stages/binning.ts'
import { watchedMetric } from './growth/stages/losses.ts'
import type { Equipment } from './growth/stages/stages.ts'
import { openCrew, type Crew } from './growth/crew.ts'
import { planLayout, slotBytes, type Layout } from './growth/layout.ts'
import type { SplitRules } from './growth/weights.ts'
import { keepMemory, takeMemory } from './growth/kept-memory.ts'
import { createObjective, poissonDeltaStep } from './objectives/objectives.ts'
import { meanLabel, type Objective } from './objectives/objective.ts'
import type { Tree } from './tree.ts'

export interface LearnTask {
  readonly params: GbdtParams
  readonly features: readonly string[]
  readonly X: Float32Array
  /** Rows of X to train on, then those to validate on. */
  readonly rows: Int32Array
  readonly trainRows: number
  /** One of each of the rows. */
  readonly labels: Float64Array
  readonly weights: Float64Array
  readonly groups: Int32Array
  readonly seed: number
  readonly threads: number
  /** Margins to start from, `[outputs, rows]`, instead of the objective's own start. */
  readonly margins: Float64Array | undefined
  /** Names the fit in its checkpoints. */
  readonly identity: string
}

export interface LearnContext {
  readonly signal: AbortSignal
  readonly onProgress: (progress: FitProgress) => 'stop' | undefined
  readonly checkpoint?: Checkpoint | undefined
  /** A loss of one's own in place of the one that the parameters name; its gradients run in the calling thread. */
  readonly objective?: Objective | undefined
}

export interface Learned {
  /** Margins without trees. */
  readonly base: readonly number[]
  /** Up to the best round where there are rows to validate on. */
  readonly trees: readonly Tree[]
  readonly curve: readonly CurvePoint[]
}

/** Cells below which another thread does not pay. */
const cellsOfThread = 50_000
/** Histograms held for later subtraction take so much at most; what is given up is counted anew. */
const mostSlotBytes = 256 * 2 ** 20
/** The event loop gets its turn after so long. */
const breathMs = 50

export async function learn(task: LearnTask, context: LearnContext): Promise<Learned> {
  const { params, features, X, rows, trainRows, labels, weights, groups } = task
  const objective = context.objective ?? createObjective(params, groups.subarray(0, trainRows))
  checkLabels(objective, labels)
  const layout = planLayout(shapeOf(task, objective.outputs))
  const memory = takeMemory(layout.bytes)
  const rules = rulesOf(params, features)
  const equipment: Equipment = {
    ...{ params, rules, objective },
    alone: objective.alone === true || context.objective !== undefined,
    watched: watchedMetric(params, objective),
    matrix: { X, features: features.length },
  }
  const crew = openCrew(memory, layout, equipment)
  const breathe = createBreath(context.signal)
  let isDone = false
  try {
    const { space } = crew
    space.labels.set(labels)
    space.weights.set(weights)
    space.sourceRows.set(rows)
    setKinds(crew, task)
    await binAll(crew, equipment, breathe)
    const base =
      params.base_score === null ? objective.start(space) : startAt(objective, params.base_score)
    if (task.margins !== undefined) space.margins.set(task.margins)
    else
      base.forEach((margin, k) =>
        space.margins.fill(margin, k * layout.rows, (k + 1) * layout.rows),
      )
    const { done, save } = await openCheckpoint(task, context)
    const { trees, curve } = await boost(crew, {
      params,
      rules,
      objective,
      watched: equipment.watched,
      interactions: interactionsOf(params, features),
      validationGroup: groups.subarray(trainRows),
      unit: deviation(crew, objective),
      rng: createRng(task.seed),
      breathe,
      onProgress: context.onProgress,
      done,
      save,
    })
    isDone = true
    return { base, trees, curve }
  } finally {
    await crew.close()
    if (isDone) keepMemory(memory)
  }
}

/** The trees of an interrupted fit, and how this one keeps its own. */
async function openCheckpoint(
  { identity, features }: LearnTask,
  { checkpoint, signal }: LearnContext,
): Promise<Pick<Boosting, 'done' | 'save'>> {
  if (checkpoint === undefined) return { done: [], save: () => Promise.resolve() }
  // Imported where it is asked for: loading what checks a checkpoint takes as long as a small fit.
  const { decodeCheckpoint, encodeCheckpoint } = await import('./boost-checkpoint.ts')
  const saved = await checkpoint.load()
  return {
    done: saved === undefined ? [] : decodeCheckpoint(saved, identity, features.length),
    save: async (trees) => {
      throwIfAborted(signal, 'the tree fit')
      if (checkpoint.due()) await checkpoint.save(encodeCheckpoint(trees, identity))
    },
  }
}

function checkLabels({ domain, name }: Objective, labels: Float64Array): void {
  if (domain === undefined) return
  const row = labels.findIndex((label) => !domain.holds(label))
  check(row < 0, `a label for ${name}`, domain.name, labels[row])
}

function shapeOf(
  { params, features, rows, trainRows, threads }: LearnTask,
  outputs: number,
): Layout {
  const { max_depth: depth, max_leaves: leaves } = params
  const mostLeaves = Math.min(
    trainRows,
    depth > 0 ? 2 ** depth : Infinity,
    leaves > 0 ? leaves : Infinity,
  )
  // At the last level nobody asks for histograms, so half of the leaves have one at most, and one is being counted.
  const wanted = (depth > 0 && leaves === 0 ? Math.ceil(mostLeaves / 2) : mostLeaves) + 2
  const slots = Math.max(
    4,
    Math.min(wanted, Math.floor(mostSlotBytes / slotBytes(features.length))),
  )
  return planLayout({
    rows: rows.length,
    trainRows,
    features: features.length,
    outputs,
    nodes: 2 * mostLeaves - 1 + 2,
    slots,
    threads: usefulThreads(params.nthread ?? threads, trainRows, features.length),
  })
}

/** As many of the threads as have enough to do. */
export function usefulThreads(threads: number, trainRows: number, features: number): number {
  const fed = Math.max(1, Math.floor((trainRows * features) / cellsOfThread))
  return Math.min(threads, fed, Math.ceil(features / 8))
}

function rulesOf(params: GbdtParams, features: readonly string[]): SplitRules {
  const monotone = features.map((name) => params.monotone_constraints[name] ?? 0)
  for (const name of Object.keys(params.monotone_constraints))
    indexOf(features, name, 'monotone_constraints')
  const own = params.objective === 'count:poisson' ? poissonDeltaStep : 0
  return {
    lambda: params.reg_lambda,
    alpha: params.reg_alpha,
    maxDeltaStep: params.max_delta_step ?? own,
    leastHessian: params.min_child_weight,
    monotone: monotone.some((direction) => direction !== 0) ? monotone : undefined,
    oneHotBelow: params.max_cat_to_onehot,
    mostCategories: params.max_cat_threshold,
  }
}

function interactionsOf(
  { interaction_constraints: groups }: GbdtParams,
  features: readonly string[],
): readonly (readonly number[])[] | undefined {
  if (groups.length === 0) return undefined
  return groups.map((group) =>
    group.map((name) => indexOf(features, name, 'interaction_constraints')),
  )
}

function indexOf(features: readonly string[], name: string, where: string): number {
  const index = features.indexOf(name)
  check(index >= 0, where, `about features of the set: ${features.join(', ')}`, name)
  return index
}

/** Marks categorical features, whose values are to be codes. */
function setKinds({ space }: Crew, { params, features, X, rows }: LearnTask): void {
  space.kinds.fill(numericKind, 0, features.length)
  for (const name of params.categorical_features) {
    const column = indexOf(features, name, 'categorical_features')
    check(
      (params.monotone_constraints[name] ?? 0) === 0,
      'monotone_constraints',
      `0 for the categorical feature ${name}, which has no order`,
      params.monotone_constraints[name],
    )
    space.kinds[column] = categoricalKind
    for (const row of rows) {
      const value = X[row * features.length + column]!
      if (value !== value || (Number.isInteger(value) && value >= 0 && value <= mostCategory))
        continue
      throw new QuorumError('INVALID_VALUE', {
        name: `${name} at row ${row}`,
        expected: `a category, an integer from 0 to ${mostCategory}, or missing`,
        value,
        remedy: 'Number the categories from 0, or leave the feature numeric.',
      })
    }
  }
}

/** Codes 0 to 253, one more for what is missing, and room for one that the search never asks for. */
const mostCategory = 253

/** Helpers come to it when they have started; until then the calling thread begins alone. */
async function binAll(
  { space, begin, complete }: Crew,
  equipment: Equipment,
  breathe: () => Promise<void>,
): Promise<void> {
  begin('bins')
  while (binNext(space, equipment)) await breathe()
  await complete()
}

/** The margin at which each output predicts `score`. */
function startAt({ name, outputs }: Objective, score: number): number[] {
  let margin = score
  if (name === 'binary:logistic') {
    check(score > 0 && score < 1, 'base_score', 'between 0 and 1 for binary:logistic', score)
    margin = Math.log(score / (1 - score))
  } else if (name === 'count:poisson') {
    check(score > 0, 'base_score', 'above 0 for count:poisson', score)
    margin = Math.log(score)
  }
  return new Array<number>(outputs).fill(margin)
}

/** Weighted deviation of the training labels where gains are in their unit, else 1. */
function deviation({ space }: Crew, { name }: Objective): number {
  if (name !== 'reg:squarederror' && name !== 'reg:pseudohubererror') return 1
  const { labels, weights, layout } = space
  const mean = meanLabel(space)
  let [squares, total] = [0, 0]
  for (let row = 0; row < layout.trainRows; row++) {
    squares += weights[row]! * (labels[row]! - mean) ** 2
    total += weights[row]!
  }
  return Math.sqrt(squares / total)
}

function createBreath(signal: AbortSignal): () => Promise<void> {
  let last = performance.now()
  return async () => {
    throwIfAborted(signal, 'the tree fit')
    if (performance.now() - last < breathMs) return
    await setImmediate()
    last = performance.now()
    throwIfAborted(signal, 'the tree fit')
  }
}
