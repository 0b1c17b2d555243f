/**
 * Plan: the expressions of a set as one list of steps in order of need, equal subexpressions computed once. Steps write to
 * slots, one column each. A plan knows how many rows its first full value waits for (`warmup`), how far back any step reads
 * (`lookback`), and which slots are read back at all (`retained`).
 */
import { outputCount, type CrossOperator, type SeriesOperator } from './operator.ts'
import { formatExpression, type Expression } from './expression/expression.ts'
import { findOperator } from './operators/index.ts'
import type { FeatureSet } from './feature-set.ts'

export interface SeriesStep {
  readonly kind: 'series'
  readonly operator: SeriesOperator
  readonly params: readonly number[]
  readonly inputs: readonly number[]
  readonly outs: readonly number[]
}

export interface CrossStep {
  readonly kind: 'cross'
  readonly operator: CrossOperator
  readonly params: readonly number[]
  readonly inputs: readonly number[]
  readonly out: number
}

export type Step = SeriesStep | CrossStep

export interface Plan {
  readonly steps: readonly Step[]
  readonly slots: number
  /** Slots filled from the source, and those that hold one number. */
  readonly sources: readonly { readonly name: string; readonly slot: number }[]
  readonly constants: readonly { readonly value: number; readonly slot: number }[]
  /** Slot of each feature, in the set's order. */
  readonly outputs: readonly number[]
  readonly names: readonly string[]
  /** Columns of the source that the steps read; `$time`, the decision moment, is known of every row. */
  readonly columns: readonly string[]
  /** 1 for slots whose earlier rows a step reads. */
  readonly retained: Uint8Array
  readonly warmup: number
  /** Warm-up of each feature. */
  readonly warmups: readonly number[]
  readonly lookback: number
  readonly emitPartial: boolean
}

const compiled = new WeakMap<FeatureSet, Plan>()

/** One plan a set: what evaluations of it share hangs on it. */
export function compilePlan(set: FeatureSet): Plan {
  const existing = compiled.get(set)
  if (existing !== undefined) return existing
  const plan = makePlan(set)
  compiled.set(set, plan)
  return plan
}

function makePlan(set: FeatureSet): Plan {
  const steps: Step[] = []
  const sources: { name: string; slot: number }[] = []
  const constants: { value: number; slot: number }[] = []
  const warmups: number[] = []
  const retained = new Set<number>()
  const known = new Map<string, number>()
  let lookback = 0

  const reserve = (count: number, warmup: number): number => {
    const first = warmups.length
    for (let k = 0; k < count; k++) warmups.push(warmup)
    return first
  }

  const place = (expression: Expression): number => {
    const text = formatExpression(expression)
    const existing = known.get(text)
    if (existing !== undefined) return existing
    const slot = compile(expression)
    known.set(text, slot)
    return slot
  }

  const compile = (expression: Expression): number => {
    if ('column' in expression) {
      const slot = reserve(1, 0)
      sources.push({ name: expression.column, slot })
      return slot
    }
    if ('constant' in expression) {
      const slot = reserve(1, 0)
      constants.push({ value: expression.constant, slot })
      return slot
    }
    const inputs = expression.inputs.map(place)
    const inherited = Math.max(0, ...inputs.map((input) => warmups[input]!))
    const { params } = expression
    const operator = findOperator(expression.operator)
    if (operator.scope === 'cross') {
      const out = reserve(1, inherited)
      steps.push({ kind: 'cross', operator, params, inputs, out })
      return out
    }
    const reach = operator.lookback(params)
    lookback = Math.max(lookback, reach)
    if (reach > 0) for (const input of inputs) retained.add(input)
    const first = reserve(outputCount(operator), inherited + operator.warmup(params))
    const names = operator.outputs ?? ['']
    const outs = names.map((name, k) => {
      const { output: _, ...shared } = expression
      const one = name === '' ? shared : { ...shared, output: name }
      known.set(formatExpression(one), first + k)
      return first + k
    })
    steps.push({ kind: 'series', operator, params, inputs, outs })
    return first + Math.max(0, names.indexOf(expression.output ?? ''))
  }

  const outputs = set.features.map(({ expression }) => place(expression))
  return {
    ...{ steps: joinFamilies(steps), slots: warmups.length, sources, constants, outputs },
    names: set.features.map((feature) => feature.name),
    columns: sources.flatMap(({ name }) => (name === 'time' ? [] : [name])),
    retained: Uint8Array.from(warmups, (_, slot) => (retained.has(slot) ? 1 : 0)),
    warmup: Math.max(0, ...outputs.map((slot) => warmups[slot]!)),
    warmups: outputs.map((slot) => warmups[slot]!),
    lookback,
    emitPartial: set.emitPartial,
  }
}

/** Steps of one family on the same inputs become one step, where the first of them stood. */
function joinFamilies(steps: readonly Step[]): readonly Step[] {
  const groups = new Map<string, SeriesStep[]>()
  const keyOf = (step: SeriesStep): string => {
    const { family } = step.operator
    if (family === undefined) return ''
    return `${family.name}/${family.key(step.params)}/${step.inputs.join()}`
  }
  for (const step of steps) {
    if (step.kind === 'cross' || step.operator.family === undefined) continue
    const group = groups.get(keyOf(step))
    if (group === undefined) groups.set(keyOf(step), [step])
    else group.push(step)
  }
  return steps.flatMap((step): Step[] => {
    if (step.kind === 'cross') return [step]
    const group = groups.get(keyOf(step))
    if (group === undefined || group.length === 1) return [step]
    if (group[0] !== step) return []
    const members = group.map(({ operator, params }) => ({ operator: operator.name, params }))
    const operator = step.operator.family!.join(members)
    return [{ ...step, operator, outs: group.flatMap(({ outs }) => outs) }]
  })
}

/** Whether a plan looks across symbols, so that a moment must be evaluated whole. */
export function looksAcross(plan: Plan): boolean {
  return plan.steps.some((step) => step.kind === 'cross')
}
