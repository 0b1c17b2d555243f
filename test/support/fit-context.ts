/** A FitContext for tests: silent, one thread, never aborted, unless told otherwise. */
import { createRng } from '../../core/rng.ts'
import type { Checkpoint, FitContext } from '../../models/kind.ts'

export function fitContext(
  train: Int32Array,
  {
    seed = 7,
    ...rest
  }: Partial<Omit<FitContext, 'train' | 'rng'>> & { readonly seed?: number } = {},
): FitContext {
  return {
    train,
    rng: createRng(seed),
    signal: new AbortController().signal,
    threads: 1,
    onProgress: () => undefined,
    ...rest,
  }
}

export interface MemoryCheckpoint extends Checkpoint {
  /** Every state that was saved, oldest first. */
  readonly states: Uint8Array[]
}

export function memoryCheckpoint(newest?: Uint8Array): MemoryCheckpoint {
  const states = newest === undefined ? [] : [newest]
  return {
    states,
    load: () => Promise.resolve(states.at(-1)),
    due: () => true,
    save: (state) => {
      states.push(state.slice())
      return Promise.resolve()
    },
  }
}
