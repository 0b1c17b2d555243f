/** Objectives of numbers: squared error, pseudo-Huber, counts, absolute error and quantiles. */
import {
  meanLabel,
  pointwise,
  weightedQuantile,
  type Objective,
  type ObjectiveData,
} from './objective.ts'

const identity = (): void => undefined

export const squaredError: Objective = {
  name: 'reg:squarederror',
  outputs: 1,
  metric: 'rmse',
  start: (data) => [meanLabel(data)],
  gradients({ margins, labels, weights, pairs }, from, to) {
    for (let row = from; row < to; row++) {
      const weight = weights[row]!
      pairs[2 * row] = weight * (margins[row]! - labels[row]!)
      pairs[2 * row + 1] = weight
    }
  },
  transform: identity,
}

/** Squared near 0, linear beyond `slope` (Charbonnier 1994). Margins start with one Newton step from 0, as in XGBoost. */
export function pseudoHuber(slope: number): Objective {
  const pair = (margin: number, label: number, out: Float64Array): void => {
    const off = margin - label
    const scale = 1 + (off / slope) ** 2
    const root = Math.sqrt(scale)
    out[0] = off / root
    out[1] = 1 / (scale * root)
  }
  return {
    name: 'reg:pseudohubererror',
    outputs: 1,
    metric: 'mphe',
    start({ labels, weights, layout }) {
      const out = new Float64Array(2)
      let [gradient, hessian] = [0, 0]
      for (let row = 0; row < layout.trainRows; row++) {
        pair(0, labels[row]!, out)
        gradient += weights[row]! * out[0]!
        hessian += weights[row]! * out[1]!
      }
      return [-gradient / hessian]
    },
    gradients: pointwise(pair),
    transform: identity,
  }
}

/** Counts with a log link. The hessian is stretched by e^maxDeltaStep, which keeps steps safe (XGBoost, default 0.7). */
export function poisson(maxDeltaStep: number): Objective {
  return {
    name: 'count:poisson',
    outputs: 1,
    metric: 'poisson-nloglik',
    domain: { name: 'at least 0', holds: (label) => label >= 0 },
    start: (data) => [Math.log(Math.max(meanLabel(data), 1e-16))],
    gradients: pointwise((margin, label, out) => {
      out[0] = Math.exp(margin) - label
      out[1] = Math.exp(margin + maxDeltaStep)
    }),
    transform(margins) {
      margins[0] = Math.exp(margins[0]!)
    },
  }
}

export const absoluteError: Objective = {
  name: 'reg:absoluteerror',
  outputs: 1,
  metric: 'mae',
  start: (data) => [labelQuantile(data, 0.5)],
  gradients: pointwise((margin, label, out) => {
    out[0] = Math.sign(margin - label)
    out[1] = 1
  }),
  leafQuantile: () => 0.5,
  transform: identity,
}

/** One margin for each quantile; pinball loss. */
export function quantile(alphas: readonly number[]): Objective {
  return {
    name: 'reg:quantileerror',
    outputs: alphas.length,
    metric: 'quantile',
    start: (data) => alphas.map((alpha) => labelQuantile(data, alpha)),
    gradients({ margins, labels, weights, pairs, layout }, from, to) {
      alphas.forEach((alpha, output) => {
        for (let row = from; row < to; row++) {
          const at = 2 * (output * layout.trainRows + row)
          const over = margins[output * layout.rows + row]! >= labels[row]!
          pairs[at] = weights[row]! * (over ? 1 - alpha : -alpha)
          pairs[at + 1] = weights[row]!
        }
      })
    },
    leafQuantile: (output) => alphas[output]!,
    transform: identity,
  }
}

function labelQuantile({ labels, weights, layout }: ObjectiveData, alpha: number): number {
  const [values, shares] = [labels, weights].map((column) => column.subarray(0, layout.trainRows))
  return weightedQuantile(values!, shares!, alpha)
}
