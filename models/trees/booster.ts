/**
 * Booster: gradient boosting on histograms (Friedman 2001; Chen and Guestrin, "XGBoost", KDD 2016, equations 6 and 7). Rounds
 * draw from streams of their own, so a fit that goes on from a checkpoint draws what an undisturbed one would have drawn.
 */
import { canonicalJson, sha256 } from '../../core/canonical-json.ts'
import type { Rng } from '../../core/rng.ts'
import type { Dataset } from '../../features/dataset.ts'
import { yieldToEvents } from '../interruption.ts'
import type { FitContext } from '../kind.ts'
import { fitBinMapper } from './bin-mapper.ts'
import type { GbdtParams } from './gbdt-params.ts'
import { addTree, growTree } from './grower.ts'
import { findObjective } from './objective.ts'
import type { Tree } from './tree.ts'
import { createWorkspace, type Workspace } from './workspace.ts'
import { decodeCheckpoint, encodeCheckpoint } from './boost-checkpoint.ts'
import { createPredictor } from './predictor.ts'

/** Rounds between checkpoints. */
const checkpointRounds = 25

export interface BoostTarget {
  readonly label: (row: number) => number
  readonly weight: (row: number) => number
  readonly base: readonly Tree[]
}

export interface Boosted {
  /** Up to the best round where there was a validation set. */
  readonly trees: readonly Tree[]
}

/** `label`: the standardised label of a dataset row; `weight`: of a row, mean 1 over the training rows; `base`: trees to add to. */
export async function boost(
  dataset: Dataset,
  params: GbdtParams,
  context: FitContext,
  { label, weight, base }: BoostTarget,
): Promise<Boosted> {
  const { train, validation = new Int32Array(0), rng, signal, checkpoint } = context
  const objective = findObjective(params.objective)
  const mapper = await fitBinMapper(dataset, train, { maxBins: params.max_bin, signal })
  const rows = Int32Array.from([...train, ...validation])
  const space = await createWorkspace(dataset, rows, mapper, {
    histograms: params.max_depth + 2,
    nodes: 2 ** (params.max_depth + 1),
    signal,
  })
  if (base.length > 0) createPredictor(base).predict(dataset, rows, space.margins)
  const labels = Float64Array.from(rows, label)
  const weights = Float64Array.from(rows, weight)
  const lossOver = (from: number, to: number): number => {
    let sum = 0
    let total = 0
    for (let i = from; i < to; i++) {
      sum += weights[i]! * objective.loss(space.margins[i]!, labels[i]!)
      total += weights[i]!
    }
    return sum / total
  }
  const trees: Tree[] = []
  let best = {
    round: 0,
    loss: validation.length > 0 ? lossOver(train.length, rows.length) : Infinity,
  }
  const take = (tree: Tree): void => {
    trees.push(tree)
    addTree(space, tree, mapper)
    if (validation.length === 0) return
    const loss = lossOver(train.length, rows.length)
    if (loss < best.loss) best = { round: trees.length, loss }
  }
  const fit = fitIdentity(dataset, params, rows, { train: train.length, base, rng })
  const saved = await checkpoint?.load()
  const width = dataset.features.length
  for (const tree of saved ? decodeCheckpoint(saved, fit, width) : []) take(tree)
  const started = performance.now()
  const before = trees.length
  while (trees.length < params.n_estimators) {
    if (validation.length > 0 && trees.length - best.round >= params.early_stopping_rounds) break
    const round = rng.stream(`round/${trees.length}`)
    for (let i = 0; i < train.length; i++) {
      space.gradients[2 * i] = weights[i]! * objective.gradient(space.margins[i]!, labels[i]!)
      space.gradients[2 * i + 1] = weights[i]! * objective.hessian(space.margins[i]!, labels[i]!)
    }
    const count = drawRows(space, train.length, params.subsample, round.stream('rows'))
    drawFeatures(space, params.colsample_bytree, round.stream('features'))
    take(
      growTree(space, count, mapper, {
        maxDepth: params.max_depth,
        minChildWeight: params.min_child_weight,
        lambda: params.reg_lambda,
        gamma: params.gamma,
        learningRate: params.learning_rate,
      }),
    )
    const answer = context.onProgress({
      done: trees.length,
      total: params.n_estimators,
      unit: 'rounds',
      trainLoss: lossOver(0, train.length),
      ...(validation.length > 0 ? { validationLoss: lossOver(train.length, rows.length) } : {}),
      rowsPerSecond:
        ((trees.length - before) * train.length * 1_000) / (performance.now() - started),
    })
    if (answer === 'stop') break
    if (trees.length % checkpointRounds === 0) await checkpoint?.save(encodeCheckpoint(trees, fit))
    await yieldToEvents(signal, 'the tree fit')
  }
  return { trees: [...base, ...(validation.length > 0 ? trees.slice(0, best.round) : trees)] }
}

/** Puts the drawn training rows, ascending, at the front of the row list; at least one. */
function drawRows({ rowList }: Workspace, rows: number, share: number, rng: Rng): number {
  let count = 0
  for (let row = 0; row < rows; row++) {
    if (share === 1 || rng.uniform() < share) rowList[count++] = row
  }
  if (count > 0) return count
  rowList[0] = rng.integer(rows)
  return 1
}

function drawFeatures({ mask, features }: Workspace, share: number, rng: Rng): void {
  const keep = Math.max(1, Math.round(share * features))
  mask.fill(0)
  for (const feature of rng.permutation(features).subarray(0, keep)) mask[feature] = 1
}

/** A hash of everything that decides the course of a fit: a checkpoint of another one is refused. */
function fitIdentity(
  { fingerprint }: Dataset,
  params: GbdtParams,
  rows: Int32Array,
  {
    train,
    base,
    rng,
  }: { readonly train: number; readonly base: readonly Tree[]; readonly rng: Rng },
): string {
  const seed = rng.stream('fit').uint32()
  const [allRows, trees] = [rows.join(), JSON.stringify(base)].map((text) => sha256(text))
  return sha256(canonicalJson({ fingerprint, params, train, seed, rows: allRows!, base: trees! }))
}
