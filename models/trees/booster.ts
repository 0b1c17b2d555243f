/**
 * Booster: gradient boosting on histograms (Friedman 2001; Chen and Guestrin, "XGBoost", KDD 2016). Each round adds a tree for each output; the
 * best round of the validation rows is kept. Rounds draw from streams of their own, so a fit that goes on from a checkpoint draws what an undisturbed
 * one would have drawn; sums are exact, so any number of threads gives the same trees.
 */
import type { Rng } from '../../core/rng.ts'
import type { CurvePoint, FitProgress } from '../kind.ts'
import type { GbdtParams } from './gbdt-params.ts'
import type { Crew } from './growth/crew.ts'
import { createFeatureDraw } from './growth/feature-draw.ts'
import { packOrder, packScales, sumScales, type Scales } from './growth/stages/gradients.ts'
import { growTree } from './growth/grower.ts'
import { addTree, finishTree, rowsAndWeights } from './growth/leaves.ts'
import { trainLoss, validationLoss, type Watched } from './growth/stages/losses.ts'
import { leastGain } from './growth/stages/split-finder.ts'
import type { Space } from './growth/space.ts'
import type { SplitRules } from './growth/weights.ts'
import { weightedQuantile, type Objective } from './objectives/objective.ts'
import type { Tree } from './tree.ts'

export interface Boosting {
  readonly params: GbdtParams
  readonly rules: SplitRules
  readonly objective: Objective
  readonly watched: Watched
  /** Groups of features that may meet, by index. */
  readonly interactions: readonly (readonly number[])[] | undefined
  /** Moment of each validation row, for ranking metrics. */
  readonly validationGroup: Int32Array | undefined
  /** Deviation of the label where it sets the scale of gains, else 1. */
  readonly unit: number
  readonly rng: Rng
  /** A turn of the event loop now and then; throws where the fit was cancelled. */
  readonly breathe: () => Promise<void>
  readonly onProgress: (progress: FitProgress) => 'stop' | undefined
  /** Trees of an interrupted fit, and where to keep those of this one. */
  readonly done: readonly Tree[]
  readonly save: (trees: readonly Tree[]) => Promise<void>
}

export interface Boosted {
  /** Up to the best round where there are rows to validate on; those of a round stand together, one for each output. */
  readonly trees: readonly Tree[]
  readonly curve: readonly CurvePoint[]
}

/** Boosts from the margins that the crew's space holds. */
export async function boost(crew: Crew, boosting: Boosting): Promise<Boosted> {
  const { params, objective, watched, validationGroup: group, breathe, done, save } = boosting
  const { outputs } = objective
  const { space } = crew
  const { trainRows, rows } = space.layout
  const validated = rows > trainRows
  const trees: Tree[] = []
  const curve: CurvePoint[] = []
  const judge = (): number => validationLoss(space, watched, { objective, params, group })
  // Of the margins as they are: losses, and the gradients of the next round.
  crew.run('gradients')
  let best = { rounds: 0, loss: validated ? judge() : Infinity }
  const endRound = (): CurvePoint => {
    crew.run('gradients')
    const point = {
      step: trees.length / outputs,
      trainLoss: trainLoss(space, watched),
      ...(validated ? { validationLoss: judge() } : {}),
    }
    curve.push(point)
    const loss = point.validationLoss ?? Infinity
    if (loss < best.loss) best = { rounds: point.step, loss }
    return point
  }
  for (const [k, tree] of done.entries()) {
    addTree(crew, tree, k % outputs)
    trees.push(tree)
    if (trees.length % outputs === 0) endRound()
    await breathe()
  }
  const started = performance.now()
  for (let round = curve.length; round < params.n_estimators; round++) {
    if (validated && round - best.rounds >= params.early_stopping_rounds) break
    for (let output = 0; output < outputs; output++)
      trees.push(await boostTree(crew, boosting, { round, output }))
    const { trainLoss, validationLoss } = endRound()
    const answer = boosting.onProgress({
      done: round + 1,
      total: params.n_estimators,
      unit: 'rounds',
      trainLoss,
      ...(validationLoss === undefined ? {} : { validationLoss }),
      rowsPerSecond:
        ((round + 1 - done.length / outputs) * trainRows * 1_000) / (performance.now() - started),
    })
    if (answer === 'stop') break
    await save(trees)
    await breathe()
  }
  return { trees: validated ? trees.slice(0, best.rounds * outputs) : trees, curve }
}

async function boostTree(
  crew: Crew,
  { params, rules, objective, interactions, unit, rng, breathe }: Boosting,
  { round, output }: { readonly round: number; readonly output: number },
): Promise<Tree> {
  const { space } = crew
  const { layout, orders } = space
  const draws = rng.stream(`round/${round}/${output}`)
  orders[packOrder.output] = output
  const largest = largestOf(space, output)
  const scales = packScales(largest, layout.trainRows)
  orders.set([scales.gradient, scales.hessian], packOrder.gradientScale)
  const rowStream = draws.stream('rows')
  orders[packOrder.threshold] =
    params.subsample === 1 ? 2 ** 32 : Math.round(params.subsample * 2 ** 32)
  orders.set([rowStream.uint32(), rowStream.uint32()], packOrder.key0)
  crew.run('pack')
  const growth = await growTree(crew, {
    rules,
    maxDepth: params.max_depth,
    maxLeaves: params.max_leaves,
    leafWise: params.grow_policy === 'lossguide',
    gamma: params.gamma,
    floor: leastGain * Math.min(1, unit * unit),
    scales,
    draw: createFeatureDraw(space.kinds.subarray(0, layout.features), params, interactions, draws),
    breathe,
  })
  const alpha = objective.leafQuantile?.(output)
  return finishTree(crew, growth, {
    output,
    rules,
    learningRate: params.learning_rate,
    scales: sumScales(largest, layout.trainRows),
    everyRow: params.subsample === 1,
    refine:
      alpha === undefined
        ? undefined
        : (rows, weight) => {
            if (rows.length === 0) return weight
            const { residuals, weights } = rowsAndWeights(space, rows, output)
            return weightedQuantile(residuals, weights, alpha)
          },
  })
}

function largestOf({ layout, largest }: Space, output: number): Scales {
  let [gradient, hessian] = [0, 0]
  for (let thread = 0; thread < layout.threads; thread++) {
    const at = 2 * (thread * layout.outputs + output)
    gradient = Math.max(gradient, largest[at]!)
    hessian = Math.max(hessian, largest[at + 1]!)
  }
  return { gradient, hessian }
}
