/** FeatureSet: named, versioned, ordered expressions. Its fingerprint goes into every artifact trained on it. */
import { canonicalJson, sha256 } from '../core/canonical-json.ts'
import { check, unknownName } from '../core/checks.ts'
import { formatExpression, type Expression } from './expression/expression.ts'
import { alpha158 } from './sets/alpha158.ts'
import { alpha360 } from './sets/alpha360.ts'
import { base } from './sets/base.ts'
import { micro } from './sets/micro.ts'
import { ta } from './sets/ta.ts'

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

export const featureSets: readonly FeatureSet[] = [base, alpha158, alpha360, micro, ta]

/** Name under which models keep the features of a dataset file: columns by name, computed by whoever wrote the file. */
export const fileFeatures = 'file'

const users = new Map<string, FeatureSet>()

/**
 * Makes a user's set known to this process under its name, in place of an earlier one of that name.
 * @throws INVALID_VALUE where the name is a built-in set's: those mean the same everywhere.
 */
export function registerFeatureSet(set: FeatureSet): void {
  check(
    !featureSets.some((builtIn) => builtIn.name === set.name),
    'name of a feature set',
    "none of Quorum's own",
    set.name,
  )
  users.set(set.name, set)
}

/** Built-in sets, then users', by name. */
export function knownFeatureSets(): readonly FeatureSet[] {
  return [...featureSets, ...[...users.values()].sort((a, b) => (a.name < b.name ? -1 : 1))]
}

/** @throws UNKNOWN_NAME with the nearest names. */
export function findFeatureSet(name: string): FeatureSet {
  const known = knownFeatureSets()
  const set = known.find((candidate) => candidate.name === name)
  if (set === undefined)
    throw unknownName(
      'feature set',
      name,
      known.map((s) => s.name),
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
