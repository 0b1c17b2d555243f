/**
 * Expressions as data: a column, a constant, or an operator applied to expressions. The text form, in the field's own
 * notation (`Mean($close, 20)`), is canonical: equal text means equal computation, and fingerprints are taken over it.
 */
import { check, unknownName } from '../../core/checks.ts'
import { checkParams, type Operator } from '../operator.ts'
import { findOperator } from '../operators/index.ts'

export type Expression =
  | { readonly column: string }
  | { readonly constant: number }
  | {
      readonly operator: string
      readonly inputs: readonly Expression[]
      readonly params: readonly number[]
      /** Which of several outputs; absent where the operator has one. */
      readonly output?: string
    }

/** Columns that every bar has. Others (order book, event series) are named by the source that brings them. */
export const barColumns = ['open', 'high', 'low', 'close', 'volume', 'vwap', 'trades'] as const

export function column(name: string): Expression {
  check(/^[A-Za-z_]\w*$/.test(name), 'column', 'letters, digits and _', name)
  return { column: name }
}

/**
 * Applies an operator; numbers among the first `arity` arguments are constants, the rest are its parameters, those left out
 * their defaults. `Name.output` chooses one of several outputs.
 */
export function apply(name: string, ...args: readonly (Expression | number)[]): Expression {
  const [base, output] = name.split('.') as [string, string?]
  const operator = findOperator(base)
  const { arity } = operator
  const most = arity + operator.params.length
  const expected = most === arity ? `${arity}` : `${arity} to ${most}`
  check(
    args.length >= arity && args.length <= most,
    `${base}(…)`,
    `given ${expected} arguments (${signature(operator)})`,
    args.length,
  )
  const inputs = args
    .slice(0, arity)
    .map((arg) => (typeof arg === 'number' ? { constant: arg } : arg))
  const params = operator.params.map((spec, k) => {
    const value = args[arity + k] ?? spec.default
    check(typeof value === 'number', `parameter ${spec.name} of ${base}`, 'a number', 'a column')
    return value
  })
  checkParams(operator, params)
  return { operator: base, inputs, params, ...chosenOutput(operator, output) }
}

/** `Mean(x, window=20)`: how an operator is called, with the defaults of its parameters. */
export function signature(operator: Operator): string {
  const inputs = operator.inputs ?? ['x', 'y', 'z'].slice(0, operator.arity)
  const params = operator.params.map((spec) => `${spec.name}=${spec.default}`)
  return `${operator.name}(${[...inputs, ...params].join(', ')})`
}

export function formatExpression(expression: Expression): string {
  if ('column' in expression) return `$${expression.column}`
  if ('constant' in expression) return String(expression.constant)
  const args = [...expression.inputs.map(formatExpression), ...expression.params.map(String)]
  const output = expression.output === undefined ? '' : `.${expression.output}`
  return `${expression.operator}(${args.join(', ')})${output}`
}

/** Columns that an expression reads, each once. */
export function columnsOf(expression: Expression): string[] {
  if ('column' in expression) return [expression.column]
  if ('constant' in expression) return []
  return [...new Set(expression.inputs.flatMap(columnsOf))]
}

/** Names of the operators in an expression, each once. */
export function operatorsOf(expression: Expression): string[] {
  if (!('operator' in expression)) return []
  return [...new Set([expression.operator, ...expression.inputs.flatMap(operatorsOf)])]
}

function chosenOutput(operator: Operator, output: string | undefined): { output?: string } {
  const outputs = operator.scope === 'series' ? operator.outputs : undefined
  if (outputs === undefined) {
    check(output === undefined, `output of ${operator.name}`, 'left out: it has one', output)
    return {}
  }
  const remedy = `Write ${operator.name}(…).${outputs[0]!}.`
  check(output !== undefined, `output of ${operator.name}`, outputs.join(', '), output, remedy)
  if (!outputs.includes(output)) throw unknownName(`output of ${operator.name}`, output, outputs)
  return { output }
}
