/** Objectives of classes: logistic for two, softmax for more. */
import { meanLabel, type Objective, type ObjectiveData } from './objective.ts'

/** Hessians do not vanish where a probability is 0 or 1. */
const leastHessian = 1e-16

export const sigmoid = (margin: number): number => 1 / (1 + Math.exp(-margin))

/** Labels are probabilities of the positive class, 0 and 1 as a rule; positive rows count `scalePositive` times. */
export function logistic(scalePositive: number): Objective {
  return {
    name: 'binary:logistic',
    outputs: 1,
    metric: 'logloss',
    domain: { name: 'from 0 to 1', holds: (label) => label >= 0 && label <= 1 },
    start(data) {
      if (scalePositive !== 1) return [newtonStep(data, scalePositive)]
      const kept = Math.min(1 - 1e-6, Math.max(1e-6, meanLabel(data)))
      return [Math.log(kept / (1 - kept))]
    },
    gradients({ margins, labels, weights, pairs }, from, to) {
      for (let row = from; row < to; row++) {
        const label = labels[row]!
        const weight = label === 1 ? weights[row]! * scalePositive : weights[row]!
        const chance = 1 / (1 + Math.exp(-margins[row]!))
        pairs[2 * row] = weight * (chance - label)
        pairs[2 * row + 1] = weight * Math.max(chance * (1 - chance), leastHessian)
      }
    },
    transform(margins) {
      margins[0] = sigmoid(margins[0]!)
    },
  }
}

/** One step from margin 0, which is what XGBoost starts from where positive rows count more. */
function newtonStep({ labels, weights, layout }: ObjectiveData, scalePositive: number): number {
  let [gradient, hessian] = [0, 0]
  for (let row = 0; row < layout.trainRows; row++) {
    const weight = labels[row] === 1 ? weights[row]! * scalePositive : weights[row]!
    gradient += weight * (0.5 - labels[row]!)
    hessian += weight / 4
  }
  return -gradient / hessian
}

/** One margin a class. Margins start at the logarithms of the classes' shares, centred. */
export function softmax(name: 'multi:softmax' | 'multi:softprob', classes: number): Objective {
  return {
    name,
    outputs: classes,
    metric: 'mlogloss',
    domain: {
      name: `an integer from 0 to ${classes - 1}`,
      holds: (label) => Number.isInteger(label) && label >= 0 && label < classes,
    },
    start({ labels, weights, layout }) {
      const totals = new Float64Array(classes)
      let total = 0
      for (let row = 0; row < layout.trainRows; row++) {
        totals[labels[row]!]! += weights[row]!
        total += weights[row]!
      }
      const logs = Array.from(totals, (sum) => Math.log(Math.max(sum / total, 1e-6)))
      const centre = logs.reduce((sum, log) => sum + log, 0) / classes
      return logs.map((log) => log - centre)
    },
    gradients({ margins, labels, weights, pairs, layout }, from, to) {
      const row1 = new Float64Array(classes)
      for (let row = from; row < to; row++) {
        for (let k = 0; k < classes; k++) row1[k] = margins[k * layout.rows + row]!
        probabilities(row1)
        for (let k = 0; k < classes; k++) {
          const chance = row1[k]!
          const at = 2 * (k * layout.trainRows + row)
          pairs[at] = weights[row]! * (labels[row] === k ? chance - 1 : chance)
          pairs[at + 1] = weights[row]! * Math.max(2 * chance * (1 - chance), leastHessian)
        }
      }
    },
    transform: probabilities,
  }
}

/** Softmax in place. */
function probabilities(margins: Float64Array): void {
  let most = -Infinity
  for (const margin of margins) most = Math.max(most, margin)
  let total = 0
  for (let k = 0; k < margins.length; k++) {
    margins[k] = Math.exp(margins[k]! - most)
    total += margins[k]!
  }
  for (let k = 0; k < margins.length; k++) margins[k]! /= total
}
