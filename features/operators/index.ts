/**
 * The table of operators. A new operator is a file and a line in its folder's index; test/conformance/operators.test.ts runs
 * over all of them. Users add their own with `registerOperator`.
 */
import { check, unknownName } from '../../core/checks.ts'
import type { Operator } from '../operator.ts'
import { bookOperators } from './book/index.ts'
import { crossOperators } from './cross/index.ts'
import { elementwiseOperators } from './elementwise/index.ts'
import { estimatorOperators } from './estimators/index.ts'
import { eventOperators } from './events/index.ts'
import { exponentialOperators } from './exponential/index.ts'
import { regimeOperators } from './regime/index.ts'
import { rollingOperators } from './rolling/index.ts'
import { technicalOperators } from './technical/index.ts'

export const operators: readonly Operator[] = [
  ...elementwiseOperators,
  ...rollingOperators,
  ...exponentialOperators,
  ...estimatorOperators,
  ...technicalOperators,
  ...bookOperators,
  ...eventOperators,
  ...regimeOperators,
  ...crossOperators,
]

const known = new Map(operators.map((operator) => [operator.name, operator]))

/**
 * Adds an operator of the user's to the names that expressions know, for this process.
 * @throws INVALID_VALUE where the name is taken or is not a capitalised word: a name means one computation.
 */
export function registerOperator(operator: Operator): void {
  check(/^[A-Z]\w*$/.test(operator.name), 'operator name', 'a capitalised word', operator.name)
  check(!known.has(operator.name), 'operator name', 'one that is not taken', operator.name)
  known.set(operator.name, operator)
}

/** @throws UNKNOWN_NAME with the nearest names. */
export function findOperator(name: string): Operator {
  const operator = known.get(name)
  if (operator === undefined) throw unknownName('operator', name, [...known.keys()])
  return operator
}

/** Whether a name was added by `registerOperator`: other threads do not know it. */
export function isUsersOperator(name: string): boolean {
  return known.has(name) && !operators.some((operator) => operator.name === name)
}
