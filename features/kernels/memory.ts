/**
 * The compiled kernels and the memory that they work in, one a thread. It holds what is being computed, not what is kept: the
 * columns and states of one symbol at a time (`layout.ts`), and beyond `free` what a single call needs.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from '../../core/checks.ts'
import { packageRoot } from '../../core/files.ts'

/** Their places are the numbers that `run` in kernels.as.ts knows them by. */
export const kernelNames = [
  'absolute',
  'add',
  'divide',
  'greater',
  'greaterThan',
  'less',
  'lessThan',
  'multiply',
  'subtract',
  'lag',
  'rollingSum',
  'line',
  'coMoment',
  'extreme',
  'order',
  'exponentialMean',
  'convergence',
  'changeOscillator',
  'averageRange',
  'directionalIndex',
  'directionalRating',
  'bollingerBands',
  'stochastic',
  'commodityChannel',
  'moneyFlow',
  'onBalanceVolume',
] as const

export type KernelName = (typeof kernelNames)[number]

/** What kernels.as.ts exports; all addresses are in bytes. */
interface Kernels {
  run(programAt: number, endAt: number, from: number, to: number): void
  gatherRows(columnsAt: number, count: number, from: number, end: number, outAt: number): void
}

const pageBytes = 65_536
const mostPages = 65_536

// Shared, so that arrays over it stay what they are when it grows.
const memory = new WebAssembly.Memory({ initial: 16, maximum: mostPages, shared: true })
let numbers = new Float64Array(memory.buffer)
let words = new Uint32Array(memory.buffer)
/** The first page has the kernels' own scratch. */
let free = pageBytes

export const kernels = instantiate()

function instantiate(): Kernels {
  const module = new WebAssembly.Module(
    readFileSync(join(packageRoot, 'features/kernels/kernels.wasm')),
  )
  const abort = (): never => {
    throw new Error('a kernel of features aborted')
  }
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as Kernels
}

/** Makes the memory at least so many bytes long. @throws INVALID_VALUE beyond 4 GiB. */
export function reserve(bytes: number): void {
  const present = numbers.byteLength
  if (bytes <= present) return
  check(
    bytes <= mostPages * pageBytes,
    'memory of a feature set',
    'at most 4 GiB',
    bytes,
    'Compute fewer features, or shorter windows, at once.',
  )
  memory.grow(Math.ceil((bytes - present) / pageBytes))
  numbers = new Float64Array(memory.buffer)
  words = new Uint32Array(memory.buffer)
}

/** A view of `length` numbers from a byte address on, which `reserve` has made room for. */
export function numbersAt(address: number, length: number): Float64Array {
  return new Float64Array(memory.buffer, address, length)
}

/** The whole memory as numbers and as words; only until it grows. */
export function wholeMemory(): { readonly numbers: Float64Array; readonly words: Uint32Array } {
  return { numbers, words }
}

/** Byte address from which on nothing is kept between calls. */
export function freeAddress(): number {
  return free
}

/** Says where a symbol's columns and states end that are now in the memory. */
export function setFree(address: number): void {
  free = address
}

export const firstAddress = pageBytes
