/** Follows a run that another process or service works off, to its end. */
import { errorTable, QuorumError } from '../../core/errors.ts'
import type { RunProgress } from '../../registry/index.ts'
import type { Platform } from '../platform.ts'

const pollIntervalMs = 500

/** Answers the run's result. @throws the run's error; CANCELLED when the run was cancelled or the signal aborts. */
export async function followRun(
  { registry, clock }: Platform,
  id: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress?: (progress: RunProgress) => void },
): Promise<unknown> {
  for (;;) {
    const run = await registry.runs.get(id)
    if (run.state === 'succeeded') return run.result
    if (run.state === 'cancelled') throw new QuorumError('CANCELLED', { what: `Run ${id}` })
    if (run.state === 'failed') {
      const { code = 'INTERNAL', details = {}, message = '' } = run.error ?? {}
      const known = Object.hasOwn(errorTable, code) ? code : 'INTERNAL'
      throw new QuorumError(known, known === 'INTERNAL' ? { reason: message } : details)
    }
    if (run.progress !== null) onProgress?.(run.progress)
    await clock.sleep(pollIntervalMs, signal).catch((cause: unknown) => {
      throw new QuorumError(
        'CANCELLED',
        { what: `Following run ${id} (the run goes on)` },
        { cause },
      )
    })
  }
}
