/** A fitted tree model: predicts, saves itself, ends. */
import type { FeatureMatrix } from '../../features/dataset.ts'
import { checkFinite, checkShape } from '../inputs.ts'
import type { CurvePoint, FittedModel, ModelOutput, Predictions } from '../kind.ts'
import { createLifecycle } from '../lifecycle.ts'
import { objectiveOf, writeModel, type GbdtModel } from './model.ts'
import { createPredictor } from './predictor.ts'

/** @param curve how it was learned, after a fit */
export function fittedGbdt(model: GbdtModel, curve?: readonly CurvePoint[]): FittedModel {
  const { features } = model
  const objective = objectiveOf(model)
  const { outputs } = objective
  const predictor = createPredictor(model)
  const lifecycle = createLifecycle('The gbdt model')
  const more = furtherOutput(model)
  const pick = picker(model)
  const one = new Float64Array(outputs)
  const answer = (all: Float64Array, count: number): Predictions => {
    const prediction = outputs === 1 ? all : new Float64Array(count)
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < outputs; k++) one[k] = all[i * outputs + k]!
      objective.transform(one)
      if (outputs > 1) prediction[i] = pick(one)
      for (let k = 0; k < outputs; k++) all[i * outputs + k] = one[k]!
    }
    return more === undefined ? { prediction } : { prediction, [more]: all }
  }
  return {
    outputs: more === undefined ? ['prediction'] : ['prediction', more],
    window: 1,
    features,
    ...(curve === undefined ? {} : { curve }),
    ...(more === 'quantiles' ? { quantiles: model.objective.quantile_alpha } : {}),
    predict: (matrix, samples) =>
      new Promise((resolve) => {
        lifecycle.check()
        checkShape(matrix, samples, { features, window: 1 })
        resolve(answer(predictor.margins(matrix, samples, refuseInfinite), samples.length))
      }),
    save: () => writeModel(model),
    dispose() {
      lifecycle.end()
      return Promise.resolve()
    },
  }
}

const refuseInfinite = (matrix: FeatureMatrix, rows: Int32Array): void =>
  checkFinite(matrix, rows, 1)

function furtherOutput({ objective }: GbdtModel): Exclude<ModelOutput, 'prediction'> | undefined {
  // Probabilities are those of down, flat and up.
  if (objective.objective === 'multi:softprob' && objective.num_class === 3) return 'probability'
  if (objective.objective === 'reg:quantileerror') return 'quantiles'
  return undefined
}

/** The one number of several outputs: the likeliest class, or the quantile nearest the median. */
function picker({ objective }: GbdtModel): (outputs: Float64Array) => number {
  if (objective.objective === 'reg:quantileerror') {
    const offs = objective.quantile_alpha.map((alpha) => Math.abs(alpha - 0.5))
    const middle = offs.indexOf(Math.min(...offs))
    return (outputs) => outputs[middle]!
  }
  return (outputs) => outputs.indexOf(Math.max(...outputs))
}
