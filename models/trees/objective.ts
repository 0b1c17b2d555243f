/** Objectives: gradient and hessian of the loss at a margin, and the loss that early stopping watches. One table. */
import { unknownName } from '../../core/checks.ts'

export interface Objective {
  readonly name: string
  readonly gradient: (margin: number, label: number) => number
  readonly hessian: (margin: number, label: number) => number
  readonly loss: (margin: number, label: number) => number
}

const squaredError: Objective = {
  name: 'reg:squarederror',
  gradient: (margin, label) => margin - label,
  hessian: () => 1,
  loss: (margin, label) => (margin - label) ** 2,
}

/** Smooth near 0, linear beyond one deviation of the label (Charbonnier 1994; XGBoost's reg:pseudohubererror with slope 1). */
const pseudoHuber: Objective = {
  name: 'reg:pseudohubererror',
  gradient: (margin, label) => (margin - label) / Math.sqrt(1 + (margin - label) ** 2),
  hessian: (margin, label) => (1 + (margin - label) ** 2) ** -1.5,
  loss: (margin, label) => Math.sqrt(1 + (margin - label) ** 2) - 1,
}

const objectives: readonly Objective[] = [squaredError, pseudoHuber]
export const objectiveNames = ['reg:squarederror', 'reg:pseudohubererror'] as const

export function findObjective(name: string): Objective {
  const objective = objectives.find((one) => one.name === name)
  if (objective === undefined) throw unknownName('objective', name, objectiveNames)
  return objective
}
