/** Reading a model's files: the named one, parsed and checked, or an error that names the file. */
import type { z } from 'zod'
import { QuorumError } from '../core/errors.ts'
import type { ModelFiles } from './kind.ts'

export function modelFile(files: ModelFiles, name: string): Uint8Array {
  const bytes = files[name]
  if (bytes === undefined) {
    const present = Object.keys(files).join(', ') || 'nothing'
    throw new QuorumError('INTEGRITY', {
      subject: 'the model',
      reason: `${name} is missing; it holds ${present}`,
    })
  }
  return bytes
}

/** @throws INTEGRITY where the file is missing, is not JSON, or has another form than `schema`. */
export function readJsonFile<T>(files: ModelFiles, name: string, schema: z.ZodType<T>): T {
  const text = new TextDecoder().decode(modelFile(files, name))
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = `${name} is not JSON (${(error as Error).message})`
    throw new QuorumError('INTEGRITY', { subject: 'the model', reason }, { cause: error })
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    if (issue?.path.join() === 'format') {
      const format = JSON.stringify((value as { format?: unknown }).format)
      throw new QuorumError(
        'INTEGRITY',
        {
          subject: 'the model',
          reason: `${name} is of format ${format}, which this version does not read; a newer one may have made it`,
        },
        { cause: parsed.error },
      )
    }
    const reason = `${name} at ${issue?.path.join('.') ?? 'its root'}: ${issue?.message ?? 'unreadable'}`
    throw new QuorumError('INTEGRITY', { subject: 'the model', reason }, { cause: parsed.error })
  }
  return parsed.data
}
