/** The table of model kinds: everything that learns. Adding one is its own folder and one line here. */
import { unknownName } from '../core/checks.ts'
import type { ModelKind } from './kind.ts'
import { ridge } from './linear/ridge.ts'
import { gru } from './networks/kinds/gru.ts'
import { lstm } from './networks/kinds/lstm.ts'
import { mlp } from './networks/kinds/mlp.ts'
import { tcn } from './networks/kinds/tcn.ts'
import { transformer } from './networks/kinds/transformer.ts'
import { doubleEnsemble } from './trees/double/double-ensemble.ts'
import { gbdt } from './trees/gbdt.ts'

/** Parameters are parsed by a kind's own schema where they enter; from there on it trusts that they are its own. */
export const modelKinds: readonly ModelKind[] = [
  ridge,
  gbdt,
  doubleEnsemble,
  mlp,
  lstm,
  gru,
  transformer,
  tcn,
]

/** @throws UNKNOWN_NAME with the nearest known names. */
export function findKind(name: string): ModelKind {
  const kind = modelKinds.find((candidate) => candidate.name === name)
  if (kind === undefined) {
    const known = modelKinds.map((candidate) => candidate.name)
    throw unknownName('model kind', name, known)
  }
  return kind
}
