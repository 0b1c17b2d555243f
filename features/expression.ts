/**
 * Expressions as data: a bar column, a constant, or an operator applied to expressions. The text form, in the field's own
 * notation (`Mean($close, 20)`), is canonical: equal text means equal computation, and fingerprints are taken over it.
 */
import { check, checkNumber, unknownName } from '../core/checks.ts'
import type { Operator } from './operator.ts'
import { operators } from './operators/index.ts'

export type Expression =
  | { readonly column: string }
  | { readonly constant: number }
  | {
      readonly operator: string
      readonly inputs: readonly Expression[]
      readonly params: readonly number[]
    }

export const barColumns = ['open', 'high', 'low', 'close', 'volume', 'vwap', 'trades'] as const

export function column(name: string): Expression {
  if (!(barColumns as readonly string[]).includes(name))
    throw unknownName('bar column', name, barColumns)
  return { column: name }
}

/** Applies an operator; numbers among the first `arity` arguments are constants, the rest are its parameters. */
export function apply(name: string, ...args: readonly (Expression | number)[]): Expression {
  const operator = findOperator(name)
  const expected = operator.arity + operator.params.length
  check(args.length === expected, `${name}(…)`, `given ${expected} arguments`, args.length)
  const inputs = args
    .slice(0, operator.arity)
    .map((arg) => (typeof arg === 'number' ? { constant: arg } : arg))
  const params = operator.params.map((spec, k) => {
    const value = args[operator.arity + k]
    const subject = `parameter ${spec.name} of ${name}`
    check(typeof value === 'number', subject, 'a number', value)
    checkNumber(subject, value, spec)
    if (spec.integer) check(Number.isInteger(value), subject, 'an integer', value)
    return value
  })
  return { operator: name, inputs, params }
}

export function findOperator(name: string): Operator {
  const operator = operators.find((candidate) => candidate.name === name)
  if (operator === undefined)
    throw unknownName(
      'operator',
      name,
      operators.map((o) => o.name),
    )
  return operator
}

export function formatExpression(expression: Expression): string {
  if ('column' in expression) return `$${expression.column}`
  if ('constant' in expression) return String(expression.constant)
  const args = [...expression.inputs.map(formatExpression), ...expression.params.map(String)]
  return `${expression.operator}(${args.join(', ')})`
}
