/** The tree learner's kernels: the compiled WebAssembly over one memory, behind a typed face. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../../core/files.ts'

/** Addresses are byte offsets in the memory; see kernels.as.ts for the layouts and the meaning of each argument. */
export interface Kernels {
  buildHistogram(
    binsAt: number,
    features: number,
    gradientsAt: number,
    rowsAt: number,
    from: number,
    to: number,
    histogramAt: number,
  ): void
  subtractHistogram(fromAt: number, takenAt: number, features: number): void
  partitionRows(
    binsAt: number,
    features: number,
    rowsAt: number,
    scratchAt: number,
    from: number,
    to: number,
    feature: number,
    bin: number,
    missingLeft: number,
  ): number
  findSplit(
    histogramAt: number,
    features: number,
    binCountsAt: number,
    maskAt: number,
    gradient: number,
    hessian: number,
    lambda: number,
    minHessian: number,
    outAt: number,
  ): void
  addTree(
    nodesAt: number,
    binsAt: number,
    features: number,
    from: number,
    to: number,
    marginsAt: number,
  ): void
}

let compiled: WebAssembly.Module | undefined

export function loadKernels(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(
    readFileSync(join(packageRoot, 'models/trees/kernels/kernels.wasm')),
  )
  const abort = (): never => {
    throw new Error('a tree kernel aborted')
  }
  const instance = new WebAssembly.Instance(compiled, { env: { memory, abort } })
  return instance.exports as unknown as Kernels
}
