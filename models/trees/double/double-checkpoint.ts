/** A checkpoint of a DoubleEnsemble: the sub-models that are done, and the checkpoint of the one under way. */
import { z } from 'zod'
import { canonicalJson } from '../../../core/canonical-json.ts'
import { QuorumError } from '../../../core/errors.ts'
import { encodeMember, memberSchema, type DoubleMember } from './double-model.ts'

const schema = z.strictObject({
  fit: z.string(),
  members: z.array(memberSchema),
  /** Learning curves of the members. */
  curve: z.array(
    z.strictObject({
      step: z.int(),
      trainLoss: z.number(),
      validationLoss: z.number().optional(),
    }),
  ),
  current: z.string().nullable(),
})

export type DoubleState = Omit<z.output<typeof schema>, 'fit' | 'members'> & {
  readonly members: readonly DoubleMember[]
}

export function encodeState({ members, curve, current }: DoubleState, fit: string): Uint8Array {
  const state = { fit, members: members.map(encodeMember), curve, current }
  return new TextEncoder().encode(canonicalJson(state))
}

/** @throws INTEGRITY for bytes of another form, or of another fit */
export function decodeState(bytes: Uint8Array, fit: string): DoubleState {
  const fail = (reason: string, cause?: unknown): QuorumError =>
    new QuorumError('INTEGRITY', { subject: 'the checkpoint', reason }, { cause })
  let state
  try {
    state = schema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (error) {
    throw fail('it is unreadable', error)
  }
  if (state.fit !== fit) throw fail('it belongs to another fit: other data, parameters or seed')
  return state
}
