/** The words of the shared memory by which the threads of a crew meet. */
import type { Space } from './space.ts'

export interface Control {
  /** Goes up by one with every order. */
  readonly turn: Int32Array
  /** Which stage is ordered; −1 to end. */
  readonly stage: Int32Array
  /** Helpers that have done the order. */
  readonly done: Int32Array
  /** Helpers that have started. */
  readonly ready: Int32Array
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
    ready: word(3),
    failed: word(4),
    next: word(5),
  }
}
