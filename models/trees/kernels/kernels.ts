/** The tree learner's kernels: the compiled WebAssembly over one shared memory, behind a typed face. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../../core/files.ts'
import { referenceKernels } from './reference/reference.ts'

/** Addresses are byte offsets in the memory; the layouts and the meaning of each argument are in the `.as.ts` files. */
export interface Kernels {
  sortColumn(
    valuesAt: number,
    weightsAt: number,
    rows: number,
    pairsAt: number,
    scratchAt: number,
    countsAt: number,
  ): number
  codeColumn(
    valuesAt: number,
    rows: number,
    cutsAt: number,
    missing: number,
    columnAt: number,
  ): void
  interleaveColumns(
    columnsAt: number,
    rows: number,
    binsAt: number,
    stride: number,
    group: number,
  ): void
  countRows(
    binsAt: number,
    stride: number,
    packedAt: number,
    rowsAt: number,
    from: number,
    to: number,
    firstGroup: number,
    endGroup: number,
    cellsAt: number,
    scratchAt: number,
  ): unknown
  countRange(
    binsAt: number,
    stride: number,
    packedAt: number,
    from: number,
    to: number,
    firstGroup: number,
    endGroup: number,
    cellsAt: number,
  ): void
  foldCells(
    cellsAt: number,
    countsAt: number,
    first: number,
    end: number,
    histogramAt: number,
    add: number,
  ): void
  subtractHistogram(
    fromAt: number,
    takenAt: number,
    countsAt: number,
    first: number,
    end: number,
  ): void
  findSplit(
    histogramAt: number,
    countsAt: number,
    maskAt: number,
    first: number,
    end: number,
    gradient: number,
    hessian: number,
    gradientScale: number,
    hessianScale: number,
    lambda: number,
    leastHessian: number,
    outAt: number,
  ): void
  largestPair(pairsAt: number, from: number, to: number, outAt: number): void
  packPairs(
    pairsAt: number,
    from: number,
    to: number,
    gradientScale: number,
    hessianScale: number,
    packedAt: number,
  ): void
  listRows(rowsAt: number, from: number, to: number): void
  drawRows(
    rowsAt: number,
    from: number,
    to: number,
    key0: number,
    key1: number,
    threshold: number,
  ): number
  partitionRows(
    columnAt: number,
    rowsAt: number,
    scratchAt: number,
    from: number,
    to: number,
    tableAt: number,
  ): number
  sumRows(
    pairsAt: number,
    rowsAt: number,
    from: number,
    to: number,
    gradientScale: number,
    hessianScale: number,
    outAt: number,
  ): void
  addToRows(marginsAt: number, rowsAt: number, from: number, to: number, value: number): void
  walkCodes(
    nodesAt: number,
    tablesAt: number,
    binsAt: number,
    stride: number,
    from: number,
    to: number,
    marginsAt: number,
  ): void
  prepareRows(sourceAt: number, width: number, rows: number, outAt: number): number
  walkRows(
    treesAt: number,
    trees: number,
    rowsAt: number,
    stride: number,
    rows: number,
    outputs: number,
    marginsAt: number,
  ): void
  walkTrees(treesAt: number, trees: number, rowAt: number, outputs: number, marginsAt: number): void
}

let compiled: WebAssembly.Module | 'unknown' | undefined

/** The module of the kernels, kept; undefined where the engine knows no WebAssembly SIMD. */
export function compileKernels(): WebAssembly.Module | undefined {
  if (compiled === undefined) {
    const bytes = readFileSync(join(packageRoot, 'models/trees/kernels/kernels.wasm'))
    compiled = WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : 'unknown'
  }
  return compiled === 'unknown' ? undefined : compiled
}

const loaded = new WeakMap<WebAssembly.Memory, Kernels>()

/** The compiled kernels, or the plain ones; the same ones for the same memory. */
export function loadKernels(memory: WebAssembly.Memory): Kernels {
  const kernels = loaded.get(memory) ?? bindKernels(memory)
  loaded.set(memory, kernels)
  return kernels
}

function bindKernels(memory: WebAssembly.Memory): Kernels {
  const module = compileKernels()
  if (module === undefined) return referenceKernels(memory)
  const abort = (): never => {
    throw new Error('a tree kernel aborted')
  }
  const instance = new WebAssembly.Instance(module, { env: { memory, abort } })
  return instance.exports as unknown as Kernels
}

/** Memory that the threads of a fit share. It grows no more: `bytes` is all there is. */
export function sharedMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / pageBytes)
  return new WebAssembly.Memory({ initial: pages, maximum: mostPages, shared: true })
}

const pageBytes = 65_536
/** 4 GiB, all that 32-bit addresses reach; the compiled kernels declare the same. */
const mostPages = 65_536
