/** Space: one thread's view of the shared memory, with its own kernels and its own share of the rows and features. */
import { loadKernels, type Kernels } from '../kernels/kernels.ts'
import { lossCount, mostWork, splitBytes, workLength, type Layout } from './layout.ts'

export interface Space {
  readonly memory: WebAssembly.Memory
  readonly layout: Layout
  readonly kernels: Kernels
  readonly thread: number
  /** Numbers that come with an order; each stage says which. */
  readonly orders: Float64Array
  readonly work: Int32Array
  /** Codes each feature uses, the missing one included. */
  readonly counts: Int32Array
  /** `[stride, 256]`, padded with NaN. */
  readonly cuts: Float32Array
  /** 0 padding, 1 numeric, 2 categorical, a feature each. */
  readonly kinds: Uint8Array
  /** `[slots, stride]`: what a node may split on. */
  readonly masks: Uint8Array
  /** `[nodes, 2]` sums of gradients and hessians as integers. */
  readonly sums: Float64Array
  /** `[nodes, 2]` least and greatest weight that monotone constraints leave. */
  readonly bounds: Float64Array
  /** `[threads, nodes, 2]` from, to in the row list. */
  readonly segments: Int32Array
  /** `[nodes, 256]`: 1 where a code goes left. */
  readonly tables: Uint8Array
  readonly leafSums: Float64Array
  /** `[threads, outputs, 2]` greatest |gradient| and hessian of a thread's rows. */
  readonly largest: Float64Array
  /** Of the sampled training rows, then of the validation rows. */
  readonly losses: Float64Array
  /** Parts of each group of features that are binned. */
  readonly partsDone: Int32Array
  readonly sourceRows: Int32Array
  /** `[outputs, trainRows, 2]` gradient, hessian. */
  readonly pairs: Float32Array
  /** `[outputs, rows]` */
  readonly margins: Float64Array
  readonly labels: Float64Array
  readonly weights: Float64Array
  readonly rowList: Int32Array
  readonly found: DataView
  readonly view: DataView
}

export function openSpace(memory: WebAssembly.Memory, layout: Layout, thread: number): Space {
  const { buffer } = memory
  const { rows, trainRows, outputs, stride, nodes, slots, threads } = layout
  return {
    memory,
    layout,
    kernels: loadKernels(memory),
    thread,
    orders: new Float64Array(buffer, layout.ordersAt, 64),
    work: new Int32Array(buffer, layout.workAt, mostWork * workLength),
    counts: new Int32Array(buffer, layout.countsAt, stride),
    cuts: new Float32Array(buffer, layout.cutsAt, stride * 256),
    kinds: new Uint8Array(buffer, layout.kindsAt, stride),
    masks: new Uint8Array(buffer, layout.masksAt, slots * stride),
    sums: new Float64Array(buffer, layout.sumsAt, nodes * 2),
    bounds: new Float64Array(buffer, layout.boundsAt, nodes * 2),
    segments: new Int32Array(buffer, layout.segmentsAt, threads * nodes * 2),
    tables: new Uint8Array(buffer, layout.walkTablesAt, nodes * 256),
    leafSums: new Float64Array(buffer, layout.leafSumsAt, threads * nodes * 2),
    largest: new Float64Array(buffer, layout.largestAt, threads * outputs * 2),
    losses: new Float64Array(buffer, layout.lossesAt, lossCount(layout)),
    partsDone: new Int32Array(buffer, layout.partsDoneAt, layout.groups),
    sourceRows: new Int32Array(buffer, layout.sourceRowsAt, rows),
    pairs: new Float32Array(buffer, layout.pairsAt, outputs * trainRows * 2),
    margins: new Float64Array(buffer, layout.marginsAt, outputs * rows),
    labels: new Float64Array(buffer, layout.labelsAt, rows),
    weights: new Float64Array(buffer, layout.weightsAt, rows),
    rowList: new Int32Array(buffer, layout.rowsAt, trainRows),
    found: new DataView(buffer, layout.foundAt, threads * mostWork * 2 * splitBytes),
    view: new DataView(buffer),
  }
}

/** The part of `count` things that belongs to a thread: from, to. */
export function share(count: number, { thread, layout }: Space): readonly [number, number] {
  const { threads } = layout
  return [Math.floor((count * thread) / threads), Math.floor((count * (thread + 1)) / threads)]
}
