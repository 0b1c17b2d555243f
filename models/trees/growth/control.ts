/** The words of the shared memory by which the threads of a crew meet. */
import type { Space } from './space.ts'

export interface Control {
  /** Goes up by one with every order. */
  readonly turn: Int32Array
  /** Which stage is ordered; −1 to end. */
  readonly stage: Int32Array
  /** Helpers that have done the order. */
  readonly done: Int32Array
  /** Helpers that have thrown. */
  readonly failed: Int32Array
  /** Parts of the order that are taken, where threads take them one after the other. */
  readonly next: Int32Array
}

export function controlOf({ memory, layout }: Space): Control {
  const word = (k: number): Int32Array => new Int32Array(memory.buffer, layout.controlAt + 4 * k, 1)
  return {
    turn: word(0),
    stage: word(1),
    done: word(2),
    failed: word(3),
    next: word(16),
  }
}

/** Looks at a word before a thread sleeps on it: 2 ms at most. */
const mostLooks = 200_000
const fewestLooks = 1_000

/** Waits until the first word of an array is no longer `value`; false where that took longer than `patienceMs`. */
export type Wait = (word: Int32Array, value: number, patienceMs?: number) => boolean

/** A sleep that a longer look would have spared. */
const shortSleepMs = 1

/**
 * A thread looks before it sleeps, since waking up takes as long as many a stage. Where it then slept for long, somebody else may want its core, and it
 * soon looks less; where it slept shortly, more.
 */
export function createWait(): Wait {
  let looks = mostLooks
  return (word, value, patienceMs = Infinity) => {
    for (let look = 0; look < looks; look++) {
      if (Atomics.load(word, 0) === value) continue
      looks = Math.min(mostLooks, looks * 2)
      return true
    }
    const began = performance.now()
    const isChanged = Atomics.wait(word, 0, value, patienceMs) !== 'timed-out'
    const isShort = isChanged && performance.now() - began < shortSleepMs
    looks = isShort ? Math.min(mostLooks, looks * 4) : Math.max(fewestLooks, looks >> 2)
    return isChanged
  }
}
