/** Names a fit by everything that decides its course: code, kind, parameters, seed, data, rows. Equal names, equal bytes. */
import { createHash } from 'node:crypto'
import { canonicalJson, sha256 } from '../../core/canonical-json.ts'
import { codeFingerprint } from './code-fingerprint.ts'
import type { FitTask } from './fit-task.ts'

/** `model` is part of it, so that two members of one ensemble never share a checkpoint. */
export function fitIdentity(
  model: string,
  { kind, params, dataset, train, validation, seed, device }: FitTask,
): string {
  return sha256(
    canonicalJson({
      // Another device rounds in another way, so it cannot go on where this one stopped.
      ...{ model, kind, params, seed, device },
      code: codeFingerprint(),
      data: dataset.fingerprint,
      window: dataset.window,
      // The data fingerprint covers features, labels and times; weights may come from a file of their own.
      weight: bytesHash(dataset.weight),
      train: bytesHash(train),
      validation: bytesHash(validation),
    }),
  )
}

function bytesHash({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex')
}
