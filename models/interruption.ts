/** Long work gives the event loop a turn between pieces, so that an abort or a message can arrive. */
import { setImmediate } from 'node:timers/promises'
import { QuorumError } from '../core/errors.ts'

/** @throws CANCELLED where the signal was aborted, with its reason as the cause. */
export function throwIfAborted(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw new QuorumError('CANCELLED', { what }, { cause: signal.reason })
}

/** One turn of the event loop, then the check above. */
export async function yieldToEvents(signal: AbortSignal, what: string): Promise<void> {
  await setImmediate()
  throwIfAborted(signal, what)
}
