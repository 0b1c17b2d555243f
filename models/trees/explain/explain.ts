/** What a tree model's predictions come from: importance of its features, and SHAP values of rows. */
import type { ExplainRequest, Explanation } from '../../kind.ts'
import type { GbdtModel } from '../model.ts'
import { createPredictor } from '../predictor.ts'
import { importance, permutationImportance } from './importance.ts'
import { shapValues } from './tree-shap.ts'

export function explainGbdt(model: GbdtModel, { matrix, rows, rng }: ExplainRequest): Explanation {
  const width = model.features.length
  const outputs = model.base.length
  const values = shapValues(model, matrix, rows)
  const moved = permutationImportance(createPredictor(model), matrix, rows, rng)
  const contributions = values.filter((_, at) => at % (width + 1) < width)
  const sums = new Float64Array(width)
  contributions.forEach((value, at) => (sums[at % width]! += Math.abs(value)))
  const parts = Math.max(1, rows.length * outputs)
  return {
    features: importance(model).map((one) => {
      const column = model.features.indexOf(one.feature)
      return { ...one, permutation: moved[column]!, shap: sums[column]! / parts }
    }),
    base: Array.from({ length: outputs }, (_, k) => values[(k + 1) * (width + 1) - 1]!),
    contributions,
  }
}
