/** The predictions of several members as one: means by weight, of probabilities and quantiles over those members that give them. */
import type { Predictions } from '../kind.ts'

export interface CombinableMember {
  readonly weight: number
  readonly fitted: { readonly quantiles?: readonly number[] }
}

export interface CombinedPredictions extends Predictions {
  /** Levels of `quantiles`, ascending. */
  readonly levels?: readonly number[]
}

/** @param predictions one a member, of the same rows */
export function combinePredictions(
  members: readonly CombinableMember[],
  predictions: readonly Predictions[],
): CombinedPredictions {
  const rows = predictions[0]!.prediction.length
  const prediction = new Float64Array(rows)
  predictions.forEach((own, k) => {
    own.prediction.forEach((value, i) => (prediction[i]! += members[k]!.weight * value))
  })
  const levels = commonLevels(members)
  const probability = meanOf(members, predictions, 'probability')
  const quantiles = levels && meanOf(members, predictions, 'quantiles')
  return {
    prediction,
    ...(probability && { probability }),
    ...(quantiles && { quantiles, levels }),
  }
}

/** Those of the members that have quantiles; none where they differ, since a mean of different levels means nothing. */
export function commonLevels(members: readonly CombinableMember[]): readonly number[] | undefined {
  const [first, ...others] = members.flatMap(({ fitted }) =>
    fitted.quantiles ? [fitted.quantiles] : [],
  )
  return others.every((levels) => levels.join() === first!.join()) ? first : undefined
}

function meanOf(
  members: readonly CombinableMember[],
  predictions: readonly Predictions[],
  output: 'probability' | 'quantiles',
): Float64Array | undefined {
  let sum: Float64Array | undefined
  let total = 0
  predictions.forEach((own, k) => {
    const values = own[output]
    if (values === undefined) return
    const mean = (sum ??= new Float64Array(values.length))
    total += members[k]!.weight
    values.forEach((value, i) => (mean[i]! += members[k]!.weight * value))
  })
  return total > 0 ? sum?.map((value) => value / total) : undefined
}
