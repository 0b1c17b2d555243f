/**
 * Ranking within groups (the rows of one moment): LambdaMART (Burges, "From RankNet to LambdaRank to LambdaMART", 2010) with XGBoost's choices: pairs of
 * the first 32 places with all below, steps divided by the difference of scores, lambdas normalised by the logarithm of their sum.
 */
import type { Objective, ObjectiveData } from './objective.ts'

const truncation = 32
const leastHessian = 1e-16

export type RankLoss = 'rank:pairwise' | 'rank:ndcg'

/** @param group number of each training row's group; equal numbers belong together wherever they stand */
export function ranking(loss: RankLoss, group: Int32Array | undefined): Objective {
  let members: readonly Int32Array[] | undefined
  return {
    name: loss,
    outputs: 1,
    metric: 'ndcg',
    ...(loss === 'rank:ndcg'
      ? {
          domain: {
            name: 'a grade, an integer from 0 to 31 (rank:pairwise takes any number)',
            holds: (label: number) => Number.isInteger(label) && label >= 0 && label <= 31,
          },
        }
      : {}),
    alone: true,
    start: () => [0],
    gradients(data, from, to) {
      members ??= groupRows(group ?? new Int32Array(to))
      data.pairs.fill(0, 2 * from, 2 * to)
      for (const rows of members) rankGroup(data, rows, loss)
    },
    transform: () => undefined,
  }
}

/** The rows of each group, in the order of their first rows. */
export function groupRows(group: Int32Array): Int32Array[] {
  const rows = new Map<number, number[]>()
  group.forEach((key, row) => {
    const known = rows.get(key)
    if (known === undefined) rows.set(key, [row])
    else known.push(row)
  })
  return [...rows.values()].map((list) => Int32Array.from(list))
}

/** Gain of a grade and discount of a place, as in NDCG. */
export const gradeGain = (grade: number): number => 2 ** grade - 1
export const placeDiscount = (place: number): number => 1 / Math.log2(place + 2)

function rankGroup(
  { margins, labels, weights, pairs }: ObjectiveData,
  rows: Int32Array,
  loss: RankLoss,
): void {
  const ranked = rows.toSorted((a, b) => margins[b]! - margins[a]! || a - b)
  const [best, worst] = [margins[ranked[0]!]!, margins[ranked[ranked.length - 1]!]!]
  const ideal = loss === 'rank:ndcg' ? idealGain(ranked, labels) : 1
  if (!(ideal > 0)) return
  let total = 0
  for (let i = 0; i < Math.min(truncation, ranked.length); i++) {
    for (let j = i + 1; j < ranked.length; j++) {
      const [a, b] = [ranked[i]!, ranked[j]!]
      if (labels[a] === labels[b]) continue
      const [high, low] = labels[a]! > labels[b]! ? [a, b] : [b, a]
      const difference = margins[high]! - margins[low]!
      const chance = 1 / (1 + Math.exp(-difference))
      let delta = 1
      if (loss === 'rank:ndcg') {
        const gains = gradeGain(labels[high]!) - gradeGain(labels[low]!)
        delta = (gains * Math.abs(placeDiscount(i) - placeDiscount(j))) / ideal
      }
      if (best !== worst) delta /= Math.abs(difference) + 0.01
      const lambda = (chance - 1) * delta
      const hessian = Math.max(chance * (1 - chance), leastHessian) * delta * 2
      pairs[2 * high]! += lambda
      pairs[2 * low]! -= lambda
      pairs[2 * high + 1]! += hessian
      pairs[2 * low + 1]! += hessian
      total -= 2 * lambda
    }
  }
  if (!(total > 0)) return
  const norm = Math.log2(1 + total) / total
  for (const row of rows) {
    pairs[2 * row]! *= norm * weights[row]!
    pairs[2 * row + 1]! *= norm * weights[row]!
  }
}

function idealGain(rows: Int32Array, labels: Float64Array): number {
  return Array.from(rows, (row) => labels[row]!)
    .sort((a, b) => b - a)
    .slice(0, truncation)
    .reduce((sum, grade, place) => sum + gradeGain(grade) * placeDiscount(place), 0)
}
