/**
 * The memory of a thread's last fit, kept for a while for its next one: fresh memory costs a fault for each of its pages, and kernels of its own whose
 * callers are compiled anew.
 */
import { collectWhenIdle, keptMs } from '../../../core/idle-threads.ts'
import { sharedMemory } from '../kernels/kernels.ts'

let kept: { readonly memory: WebAssembly.Memory; readonly expiry: NodeJS.Timeout } | undefined

/** Zeros, at least so many bytes. */
export function takeMemory(bytes: number): WebAssembly.Memory {
  const memory = drop()
  if (memory === undefined) return sharedMemory(bytes)
  if (memory.buffer.byteLength < bytes) {
    collectWhenIdle()
    // A series of fits on more and more rows is not to replace it each time; pages that nobody touches cost nothing.
    return sharedMemory(Math.min(1.5 * bytes, 2 ** 32))
  }
  new Uint8Array(memory.buffer, 0, bytes).fill(0)
  return memory
}

/** For a fit that is over, with nobody left who reads or writes its memory. */
export function keepMemory(memory: WebAssembly.Memory): void {
  drop()
  const expiry = setTimeout(drop, keptMs)
  expiry.unref()
  kept = { memory, expiry }
}

function drop(): WebAssembly.Memory | undefined {
  clearTimeout(kept?.expiry)
  const memory = kept?.memory
  kept = undefined
  return memory
}
