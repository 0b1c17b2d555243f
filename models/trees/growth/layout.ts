/** Layout of the one memory that the threads of a fit share: where its columns, lists, histograms and orders lie. */
import { check } from '../../../core/checks.ts'

/** Codes of a feature: values and one for what is missing. */
export const codes = 256
/** Bytes of a tree node in the walk over codes. */
export const walkNodeBytes = 16
/** Bytes of one found split: see `split-finder.ts`. */
export const splitBytes = 80
/** Splits that one order may hold. */
export const mostWork = 256
/** Bytes in which a thread gathers rows before it counts them: see `histogram.as.ts`. */
export const gatherBytes = 18_432
/** Groups of features that a thread counts at once, and the bytes of their packed cells. */
export const cellsGroups = 8
export const cellsBytes = cellsGroups * 8 * codes * 8
/** Numbers of one piece of work. */
export const workLength = 8

export interface GrowthShape {
  /** Rows to train on, then rows to validate on. */
  readonly rows: number
  readonly trainRows: number
  readonly features: number
  /** Margins a row. */
  readonly outputs: number
  /** Most nodes of a tree. */
  readonly nodes: number
  /** Histograms held at once. */
  readonly slots: number
  readonly threads: number
}

export interface Layout extends GrowthShape {
  /** Bytes of a row of codes: features rounded up to whole groups of 8. */
  readonly stride: number
  readonly groups: number
  readonly bytes: number
  readonly controlAt: number
  readonly ordersAt: number
  readonly workAt: number
  readonly foundAt: number
  readonly countsAt: number
  readonly cutsAt: number
  readonly kindsAt: number
  readonly masksAt: number
  readonly sumsAt: number
  readonly boundsAt: number
  readonly segmentsAt: number
  readonly leafSumsAt: number
  readonly largestAt: number
  readonly lossesAt: number
  readonly partsDoneAt: number
  readonly walkNodesAt: number
  readonly walkTablesAt: number
  readonly sourceRowsAt: number
  readonly binsAt: number
  readonly columnsAt: number
  readonly pairsAt: number
  readonly packedAt: number
  readonly rowsAt: number
  readonly scratchAt: number
  readonly marginsAt: number
  readonly labelsAt: number
  readonly weightsAt: number
  readonly cellsAt: number
  readonly gatheredAt: number
  /** Histograms; before the first tree, each thread's scratch for binning. */
  readonly slotsAt: number
}

/** Training rows that the reported loss looks at, at most. */
const lossRows = 10_000

/** The loss of a sample of the training rows is enough to watch them: every so many rows. */
export function lossStep(trainRows: number): number {
  return Math.ceil(trainRows / lossRows)
}

/** Losses of the sampled training rows and of the validation rows. */
export function lossCount({ rows, trainRows }: Pick<GrowthShape, 'rows' | 'trainRows'>): number {
  return Math.ceil(trainRows / lossStep(trainRows)) + rows - trainRows
}

/** Bytes of scratch that binning takes: eight columns of values, weights, two lists of pairs, tallies. */
export function binningBytes({ rows, trainRows }: GrowthShape): number {
  return Math.ceil((rows * 32 + trainRows * 20 + 24_584) / 64) * 64
}

/** Bytes that the histograms of one node take. */
export function slotBytes(features: number): number {
  return Math.ceil(features / 8) * 8 * codes * 16
}

/** @throws INVALID_VALUE where it does not fit in 4 GiB, or there are more than 2³¹ cells. */
export function planLayout(shape: GrowthShape): Layout {
  const { rows, trainRows, features, outputs, nodes, slots, threads } = shape
  const groups = Math.ceil(features / 8)
  const stride = groups * 8
  let end = 1024
  const place = (bytes: number): number => {
    const at = end
    end = Math.ceil((end + bytes) / 64) * 64
    return at
  }
  const layout = {
    controlAt: place(128),
    ordersAt: place(512),
    workAt: place(mostWork * workLength * 4),
    foundAt: place(threads * mostWork * 2 * splitBytes),
    countsAt: place(stride * 4),
    cutsAt: place(stride * codes * 4),
    kindsAt: place(stride),
    masksAt: place(slots * stride),
    sumsAt: place(nodes * 16),
    boundsAt: place(nodes * 16),
    segmentsAt: place(threads * nodes * 8),
    leafSumsAt: place(threads * nodes * 16),
    largestAt: place(threads * outputs * 16),
    lossesAt: place(lossCount(shape) * 8),
    partsDoneAt: place(groups * 4),
    walkNodesAt: place(nodes * walkNodeBytes),
    walkTablesAt: place(nodes * codes),
    sourceRowsAt: place(rows * 4),
    binsAt: place(rows * stride + 8),
    columnsAt: place(rows * stride),
    pairsAt: place(outputs * trainRows * 8),
    packedAt: place(trainRows * 8),
    rowsAt: place(trainRows * 4 + 64),
    scratchAt: place(trainRows * 4 + 64),
    marginsAt: place(outputs * rows * 8),
    labelsAt: place(rows * 8),
    weightsAt: place(rows * 8),
    cellsAt: place(threads * cellsBytes),
    gatheredAt: place(threads * gatherBytes),
    slotsAt: place(Math.max(slots * slotBytes(features), threads * binningBytes(shape))),
  }
  check(
    rows * features <= 2 ** 31 && end < 2 ** 32,
    'rows × features',
    `at most ${2 ** 31} cells, within 4 GiB of working memory`,
    `${rows} × ${features}, ${Math.ceil(end / 2 ** 20)} MiB`,
    'Train on fewer rows or features, or on a sample of the rows.',
  )
  return { ...shape, ...layout, groups, stride, bytes: end }
}
