/**
 * A user's feature set: YAML with a name, a version and expressions by name. A feature may use others, and names under
 * `define`, by their plain name; equal subexpressions are computed once whatever they are called.
 *
 *     name: trend
 *     version: 1
 *     define:
 *       returns: $close / Ref($close, 1) - 1
 *     features:
 *       momentum: $close / Ref($close, 20) - 1
 *       quiet: { expression: Std(returns, 5) / Std(returns, 60), doc: Short over long volatility. }
 *
 * `columns` lists columns beyond those of bars that the source must bring (order book, event series).
 */
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { QuorumError } from '../../core/errors.ts'
import { compilePlan } from '../plan.ts'
import {
  featureSetFingerprint,
  featureSets,
  type Feature,
  type FeatureSet,
} from '../feature-set.ts'
import { barColumns, type Expression } from './expression.ts'
import { parseExpression } from './parse.ts'

const name = z.string().regex(/^[A-Za-z_]\w*$/, 'letters, digits and _, not starting with a digit')
const formula = z.union([
  z.string(),
  z.number(),
  z.strictObject({ expression: z.string(), doc: z.string().default('') }),
])
const schema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]*$/, 'lower-case letters, digits, - and _'),
  version: z.int().min(1).default(1),
  emitPartial: z.boolean().default(false),
  columns: z.array(name).default([]),
  define: z.record(name, formula).default({}),
  features: z.record(name, formula),
})

/**
 * @param source what messages call the text, a path.
 * @throws INVALID_FEATURE_SET listing every fault: unknown keys, unknown names with the nearest, cycles, wrong expressions.
 */
export async function parseFeatureSet(text: string, source: string): Promise<FeatureSet> {
  const refuse = (faults: readonly string[]): never => {
    throw new QuorumError('INVALID_FEATURE_SET', { source, reason: faults.join('\n') })
  }
  let data: unknown
  try {
    data = parseYaml(text)
  } catch (error) {
    refuse([(error as Error).message])
  }
  const checked = schema.safeParse(data)
  if (!checked.success) return refuse(checked.error.issues.map(describe))
  const { features, define, columns, emitPartial, version } = checked.data
  const faults: string[] = []
  if (featureSets.some((set) => set.name === checked.data.name))
    faults.push(`name: ${checked.data.name} is a set of Quorum's; choose another`)
  if (Object.keys(features).length === 0) faults.push('features: there are none')
  for (const twice of Object.keys(define).filter((key) => key in features))
    faults.push(`${twice}: is under define and under features; keep one`)

  const formulas = new Map(
    Object.entries({ ...define, ...features }).map(([key, value]) => [
      key,
      typeof value === 'object' ? value.expression : String(value),
    ]),
  )
  const known = [...barColumns, 'time', ...columns]
  const resolved = new Map<string, Expression>()
  const failed = new Set<string>()
  const resolve = async (key: string, path: readonly string[]): Promise<void> => {
    if (resolved.has(key) || failed.has(key)) return
    const text = formulas.get(key)!
    for (const used of namesIn(text)) {
      if (!formulas.has(used)) continue
      if (used === key || path.includes(used)) {
        failed.add(key)
        const cycle = [...path.slice(path.indexOf(used)), key, used].join(' → ')
        faults.push(`${key}: is defined by itself: ${cycle}`)
        return
      }
      await resolve(used, [...path, key])
      if (failed.has(used)) failed.add(key)
    }
    if (failed.has(key)) return
    try {
      resolved.set(key, await parseExpression(text, { columns: known, named: resolved }))
    } catch (error) {
      if (!(error instanceof QuorumError)) throw error
      failed.add(key)
      faults.push(`${key}: ${error.message}`)
    }
  }
  for (const key of formulas.keys()) await resolve(key, [])
  if (faults.length > 0) refuse(faults)

  const list = Object.entries(features).map(([key, value]): Feature => {
    const doc = typeof value === 'object' ? value.doc : ''
    return { name: key, expression: resolved.get(key)!, doc: doc || formulas.get(key)! }
  })
  const set = { name: checked.data.name, version, emitPartial, features: list }
  compilePlan(set)
  featureSetFingerprint(set)
  return set
}

function describe(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.') || 'set'
  if (issue.code === 'invalid_key') return `${where}: a name is letters, digits and _`
  return `${where}: ${issue.message}`
}

/** Words of a formula that are neither columns nor operators called. */
function namesIn(text: string): string[] {
  return Array.from(text.matchAll(/(?<![\w$.])[A-Za-z_]\w*(?!\w|\s*\()/g), ([word]) => word)
}
