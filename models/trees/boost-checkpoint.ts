/** A checkpoint of boosting: the trees so far. Margins, losses and the best round are recomputed from them, to the bit. */
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical-json.ts'
import { QuorumError } from '../../core/errors.ts'
import { encodeTree, treeFault, treeSchema, type Tree } from './tree.ts'

const schema = z.strictObject({ fit: z.string(), trees: z.array(treeSchema) })

/** `fit` names the fit that the trees belong to. */
export function encodeCheckpoint(trees: readonly Tree[], fit: string): Uint8Array {
  return new TextEncoder().encode(canonicalJson({ fit, trees: trees.map(encodeTree) }))
}

/** @throws INTEGRITY for bytes of another form, or of another fit. */
export function decodeCheckpoint(state: Uint8Array, fit: string, features: number): Tree[] {
  const fail = (reason: string, cause?: unknown): QuorumError =>
    new QuorumError('INTEGRITY', { subject: 'the checkpoint', reason }, { cause })
  let saved
  try {
    saved = schema.parse(JSON.parse(new TextDecoder().decode(state)))
  } catch (error) {
    throw fail('it is unreadable', error)
  }
  if (saved.fit !== fit) throw fail('it belongs to another fit: other data, parameters or seed')
  for (const tree of saved.trees) {
    const fault = treeFault(tree, features)
    if (fault !== undefined) throw fail(fault)
  }
  return saved.trees
}
