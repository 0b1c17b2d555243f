/** FeatureSet: named, versioned, ordered expressions. Its fingerprint goes into every artifact trained on it. */
import { canonicalJson, sha256 } from '../core/canonical-json.ts'
import { check, unknownName } from '../core/checks.ts'
import { formatExpression, type Expression } from './expression/expression.ts'
import { alpha158 } from './sets/alpha158.ts'
import { alpha360 } from './sets/alpha360.ts'
import { base } from './sets/base.ts'

export interface Feature {
  readonly name: string
  readonly expression: Expression
  readonly doc: string
}

export interface FeatureSet {
  readonly name: string
  readonly version: number
  readonly features: readonly Feature[]
  /** Whether rows before the full window are emitted, as qlib's sets do. Datasets drop warm-up rows either way. */
  readonly emitPartial: boolean
}

export const featureSets: readonly FeatureSet[] = [base, alpha158, alpha360]

/** Name under which models keep the features of a dataset file: columns by name, computed by whoever wrote the file. */
export const fileFeatures = 'file'

export function findFeatureSet(name: string): FeatureSet {
  const set = featureSets.find((candidate) => candidate.name === name)
  if (set === undefined)
    throw unknownName(
      'feature set',
      name,
      featureSets.map((s) => s.name),
    )
  return set
}

/** sha256 over name, version and the canonical text of every expression, in order. */
export function featureSetFingerprint(set: FeatureSet): string {
  const names = set.features.map((feature) => feature.name)
  check(new Set(names).size === names.length, `feature names of ${set.name}`, 'distinct', names)
  return sha256(
    canonicalJson({
      name: set.name,
      version: set.version,
      emitPartial: set.emitPartial,
      features: set.features.map(({ name, expression }) => [name, formatExpression(expression)]),
    }),
  )
}
