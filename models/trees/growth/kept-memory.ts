/**
 * The memory of a thread's last fit, kept for a while for its next one: fresh memory costs a fault for each of its pages, and kernels of its own whose
 * callers are compiled anew.
 */
import { collectGarbage, keptMs } from '../../../core/idle-threads.ts'
import { sharedMemory } from '../kernels/kernels.ts'

let kept: { readonly memory: WebAssembly.Memory; readonly expiry: NodeJS.Timeout } | undefined

/** Zeros, at least so many bytes. */
export function takeMemory(bytes: number): WebAssembly.Memory {
  if (kept === undefined) return sharedMemory(bytes)
  if (dropSmaller(bytes)) {
    collectGarbage()
    // A series of fits on more and more rows is not to replace it each time; pages that nobody touches cost nothing.
    return sharedMemory(Math.min(1.5 * bytes, 2 ** 32))
  }
  const { memory } = kept
  drop()
  new Uint8Array(memory.buffer, 0, bytes).fill(0)
  return memory
}

/** A function of its own, so that nothing on the stack refers to what is to be collected. */
function dropSmaller(bytes: number): boolean {
  const isSmaller = kept !== undefined && kept.memory.buffer.byteLength < bytes
  if (isSmaller) drop()
  return isSmaller
}

/** For a fit that is over, with nobody left who reads or writes its memory. */
export function keepMemory(memory: WebAssembly.Memory): void {
  drop()
  const expiry = setTimeout(drop, keptMs)
  expiry.unref()
  kept = { memory, expiry }
}

function drop(): void {
  clearTimeout(kept?.expiry)
  kept = undefined
}
