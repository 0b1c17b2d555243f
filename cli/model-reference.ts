/** How a person names a version: `NAME`, `NAME@3`, `NAME@champion`, or the version as an argument of its own. */
import { QuorumError } from '../core/errors.ts'

export interface ModelReference {
  readonly model: string
  /** Number or alias; absent: champion, else the newest. */
  readonly version?: string
}

/** @throws USAGE where a version is given twice, or an @ has nothing on one of its sides. */
export function modelReference(text: string, version?: string): ModelReference {
  const [model, own, ...rest] = text.split('@')
  if (model === undefined || model === '' || own === '' || rest.length > 0)
    throw new QuorumError('USAGE', { reason: `Name a model as NAME or NAME@VERSION, not ${text}.` })
  if (own !== undefined && version !== undefined && own !== version) {
    const reason = `${text} names a version already; leave out ${version}.`
    throw new QuorumError('USAGE', { reason })
  }
  const chosen = version ?? own
  return chosen === undefined ? { model } : { model, version: chosen }
}
