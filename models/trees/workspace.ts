/** Workspace: the one memory a fit works in, laid out once: bins, gradients, row lists, histograms, margins. */
import { check } from '../../core/checks.ts'
import type { FeatureMatrix } from '../../features/dataset.ts'
import { yieldToEvents } from '../interruption.ts'
import { binOf, type BinMapper } from './bin-mapper.ts'
import { loadKernels, type Kernels } from './kernels/kernels.ts'

const pageBytes = 65_536
/** Bytes of one feature's histogram: 256 pairs of float64. */
export const histogramBytes = 4_096
export const nodeBytes = 24

export interface Workspace {
  readonly kernels: Kernels
  readonly rows: number
  readonly features: number
  readonly binsAt: number
  readonly gradientsAt: number
  readonly rowsAt: number
  readonly scratchAt: number
  readonly binCountsAt: number
  readonly maskAt: number
  readonly splitAt: number
  readonly nodesAt: number
  readonly histogramsAt: number
  readonly marginsAt: number
  /** Pairs (gradient, hessian) a row. */
  readonly gradients: Float32Array
  readonly rowList: Int32Array
  readonly mask: Uint8Array
  readonly margins: Float64Array
  readonly view: DataView
}

/** `rows`: matrix rows in the order of the workspace; `histograms`: how many are held at once; `nodes`: of one tree at most. */
export async function createWorkspace(
  matrix: FeatureMatrix,
  rows: Int32Array,
  mapper: BinMapper,
  { histograms, nodes, signal }: { histograms: number; nodes: number; signal: AbortSignal },
): Promise<Workspace> {
  const features = matrix.features.length
  const count = rows.length
  let end = 1024
  const place = (bytes: number): number => {
    const at = end
    end = Math.ceil((end + bytes) / 16) * 16
    return at
  }
  const layout = {
    binsAt: place(count * features + 8),
    gradientsAt: place(count * 8),
    rowsAt: place(count * 4),
    scratchAt: place(count * 4 + 8),
    binCountsAt: place(features * 4),
    maskAt: place(features),
    splitAt: place(40),
    nodesAt: place(nodes * nodeBytes),
    histogramsAt: place(histograms * features * histogramBytes),
    marginsAt: place(count * 8),
  }
  check(
    end < 2 ** 31,
    'rows × features',
    'within 2 GiB of working memory',
    `${count} × ${features}`,
    'Train on fewer rows or features.',
  )
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / pageBytes) })
  const { buffer } = memory
  const bins = new Uint8Array(buffer, layout.binsAt, count * features)
  await fillBins(matrix, rows, mapper, { bins, signal })
  new Int32Array(buffer, layout.binCountsAt, features).set(
    mapper.cuts.map((cuts) => cuts.length + 1),
  )
  return {
    ...layout,
    kernels: loadKernels(memory),
    rows: count,
    features,
    gradients: new Float32Array(buffer, layout.gradientsAt, count * 2),
    rowList: new Int32Array(buffer, layout.rowsAt, count),
    mask: new Uint8Array(buffer, layout.maskAt, features),
    margins: new Float64Array(buffer, layout.marginsAt, count),
    view: new DataView(buffer),
  }
}

/** Cells binned between two turns of the event loop: some tens of milliseconds. */
const blockCells = 500_000

async function fillBins(
  { X, features }: FeatureMatrix,
  rows: Int32Array,
  { cuts }: BinMapper,
  { bins, signal }: { readonly bins: Uint8Array; readonly signal: AbortSignal },
): Promise<void> {
  const width = features.length
  const block = Math.max(1, Math.floor(blockCells / Math.max(1, width)))
  for (let i = 0; i < rows.length; i++) {
    for (let k = 0; k < width; k++) bins[i * width + k] = binOf(cuts[k]!, X[rows[i]! * width + k]!)
    if (i % block === block - 1) await yieldToEvents(signal, 'the tree fit')
  }
}
