/**
 * Plan: the expressions of a set as one list of steps in order of need, equal subexpressions computed once. A plan knows how
 * many rows its first full value waits for (`warmup`) and how far back any step reads (`lookback`).
 */
import type { CrossOperator, SeriesOperator } from './operator.ts'
import { findOperator, formatExpression, type Expression } from './expression.ts'
import type { FeatureSet } from './feature-set.ts'

export type Step =
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: number }
  | {
      readonly kind: 'series'
      readonly operator: SeriesOperator
      readonly params: readonly number[]
      readonly inputs: readonly number[]
    }
  | {
      readonly kind: 'cross'
      readonly operator: CrossOperator
      readonly params: readonly number[]
      readonly inputs: readonly number[]
    }

export interface Plan {
  readonly steps: readonly Step[]
  /** Step of each feature, in the set's order. */
  readonly outputs: readonly number[]
  readonly names: readonly string[]
  /** Bar columns that the steps read. */
  readonly columns: readonly string[]
  readonly warmup: number
  readonly lookback: number
  readonly emitPartial: boolean
}

export function compilePlan(set: FeatureSet): Plan {
  const steps: Step[] = []
  const warmups: number[] = []
  const known = new Map<string, number>()
  let lookback = 0

  const place = (expression: Expression): number => {
    const text = formatExpression(expression)
    const existing = known.get(text)
    if (existing !== undefined) return existing
    const { step, warmup } = compile(expression)
    known.set(text, steps.length)
    warmups.push(warmup)
    return steps.push(step) - 1
  }

  const compile = (expression: Expression): { step: Step; warmup: number } => {
    if ('column' in expression)
      return { step: { kind: 'column', name: expression.column }, warmup: 0 }
    if ('constant' in expression) {
      return { step: { kind: 'constant', value: expression.constant }, warmup: 0 }
    }
    const inputs = expression.inputs.map(place)
    const inherited = Math.max(0, ...inputs.map((input) => warmups[input]!))
    const { params } = expression
    const operator = findOperator(expression.operator)
    if (operator.scope === 'cross') {
      return { step: { kind: 'cross', operator, params, inputs }, warmup: inherited }
    }
    lookback = Math.max(lookback, operator.lookback(params))
    const warmup = inherited + operator.warmup(params)
    return { step: { kind: 'series', operator, params, inputs }, warmup }
  }

  const outputs = set.features.map(({ expression }) => place(expression))
  return {
    steps,
    outputs,
    names: set.features.map((feature) => feature.name),
    columns: steps.flatMap((step) => (step.kind === 'column' ? [step.name] : [])),
    warmup: Math.max(0, ...outputs.map((step) => warmups[step]!)),
    lookback,
    emitPartial: set.emitPartial,
  }
}
