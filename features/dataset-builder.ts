/**
 * Builds a Dataset from stored bars: features over each symbol's whole history (warm-up on earlier bars), labels, and the
 * rows at which a sample may end. Only bars known by `to` may be handed in: then no row or label sees anything later.
 */
import { createHash } from 'node:crypto'
import { QuorumError } from '../core/errors.ts'
import { lowerBound, numberColumn, type Frame } from '../core/frame.ts'
import type { Dataset } from './dataset.ts'
import { evaluatePanel } from './evaluation.ts'
import { featureSetFingerprint, type FeatureSet } from './feature-set.ts'
import { formatLabel, labelPanel, type Label } from './labels/index.ts'
import { compilePlan, type Plan } from './plan.ts'

export interface DatasetRequest {
  readonly symbols: readonly string[]
  /** Bars of each symbol, oldest first. */
  readonly bars: readonly Frame[]
  /** Group (sector) code of each symbol. */
  readonly groups: Int32Array
  readonly set: FeatureSet
  readonly label: Label
  readonly window: number
  /** First decision moment a sample may have, milliseconds; default the first full row. */
  readonly from?: number
}

const tileRows = 16
const optionalColumns: readonly string[] = ['vwap', 'trades']

interface SymbolRows {
  readonly frame: Frame
  /** First row that goes into the dataset, how many do, and where. */
  readonly first: number
  readonly count: number
  readonly offset: number
}

/** @throws NO_ROWS where no sample is left, naming the bars there are and the bars it takes. */
export function buildDataset(request: DatasetRequest): Dataset {
  const { symbols, bars, set, label, window, from = -Infinity } = request
  const plan = compilePlan(set)
  let rows = 0
  const parts = bars.map((frame): SymbolRows => {
    const wanted = lowerBound(numberColumn(frame, 'knownAt'), from) - (window - 1)
    const first = Math.min(frame.length, Math.max(plan.warmup, wanted))
    const count = frame.length - first
    rows += count
    return { frame, first, count, offset: rows - count }
  })
  const width = plan.names.length
  const dataset = {
    rows,
    features: plan.names,
    X: new Float32Array(shared(rows * width, 4)),
    y: new Float64Array(shared(rows, 8)).fill(NaN),
    weight: new Float64Array(shared(rows, 8)).fill(1),
    time: new Float64Array(shared(rows, 8)),
    symbol: new Int32Array(shared(rows, 4)),
    symbols,
    labelEnd: new Float64Array(shared(rows, 8)).fill(NaN),
    group: new Int32Array(shared(rows, 4)),
    window,
  }
  fillFeatures(plan, parts, request.groups, dataset.X)
  const labels = labelPanel(bars, label)
  const samples: number[] = []
  parts.forEach(({ frame, first, count, offset }, s) => {
    dataset.time.set(numberColumn(frame, 'knownAt').subarray(first), offset)
    dataset.symbol.fill(s, offset, offset + count)
    dataset.y.set(labels[s]!.y.subarray(first), offset)
    dataset.labelEnd.set(labels[s]!.labelEnd.subarray(first), offset)
    for (let i = window - 1; i < count; i++) {
      const row = offset + i
      if (dataset.time[row]! >= from && dataset.y[row] === dataset.y[row]) samples.push(row)
    }
  })
  if (samples.length === 0) throw noRows(request, plan)
  fillGroups(dataset.time, dataset.group)
  const sampleRows = new Int32Array(shared(samples.length, 4))
  sampleRows.set(samples)
  const definition = `${featureSetFingerprint(set)}/${formatLabel(label)}/${window}/${symbols.join()}`
  return Object.freeze({
    ...dataset,
    samples: sampleRows,
    fingerprint: fingerprint(definition, [
      dataset.X,
      dataset.y,
      dataset.time,
      dataset.symbol,
      sampleRows,
    ]),
  })
}

/** Evaluates straight into the float32 matrix: the one copy there is. */
function fillFeatures(
  plan: Plan,
  parts: readonly SymbolRows[],
  groups: Int32Array,
  X: Float32Array,
): void {
  const width = plan.names.length
  const rows = parts.map(({ frame }) => barRows(plan, frame))
  evaluatePanel(plan, rows, groups, ({ symbol, features, columns, offset, row, count }) => {
    const part = parts[symbol]!
    const place = (part.offset + row - part.first) * width
    // Few rows at a time, so that the lines of the matrix that they touch stay in the cache over all features.
    for (let tile = Math.max(0, part.first - row); tile < count; tile += tileRows) {
      const end = Math.min(count, tile + tileRows)
      for (let k = 0; k < columns.length; k++) {
        const column = columns[k]!
        const feature = features[k]!
        for (let j = tile; j < end; j++) X[place + j * width + feature] = column[offset + j]!
      }
    }
  })
}

/** Every feature of every symbol in one batch, float64, for panels that fit in memory; rows are the frames'. */
export function evaluateBars(
  plan: Plan,
  bars: readonly Frame[],
  groups: Int32Array,
): readonly (readonly Float64Array[])[] {
  const columns = bars.map((frame) => plan.names.map(() => new Float64Array(frame.length)))
  const rows = bars.map((frame) => barRows(plan, frame))
  evaluatePanel(plan, rows, groups, (block) => {
    const { offset, row, count } = block
    block.features.forEach((feature, k) => {
      const values = block.columns[k]!.subarray(offset, offset + count)
      columns[block.symbol]![feature]!.set(values, row)
    })
  })
  return columns
}

export function barRows(
  plan: Plan,
  frame: Frame,
): { time: Float64Array; columns: Record<string, Float64Array> } {
  // Bars without these columns have them missing throughout.
  const columns = Object.fromEntries(
    plan.columns.map((name) => [
      name,
      name in frame.columns || !optionalColumns.includes(name)
        ? numberColumn(frame, name)
        : new Float64Array(frame.length).fill(NaN),
    ]),
  )
  return { time: numberColumn(frame, 'knownAt'), columns }
}

/** sha256 over a definition and the bytes of columns, in the given order. */
export function fingerprint(definition: string, columns: readonly ArrayBufferView[]): string {
  const hash = createHash('sha256').update(definition)
  for (const column of columns) {
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
  }
  return hash.digest('hex')
}

/** Index of each row's moment among the distinct moments, ascending with time. */
export function fillGroups(time: Float64Array, group: Int32Array): void {
  const moments = Float64Array.from(new Set(time)).sort()
  for (let row = 0; row < time.length; row++) group[row] = lowerBound(moments, time[row]!)
}

export function shared(length: number, bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(length * bytes)
}

function noRows({ symbols, bars, label, window }: DatasetRequest, plan: Plan): QuorumError {
  const needed = Math.max(plan.warmup + window, label.barsBefore + 1) + label.barsAhead
  const have = symbols.map((symbol, s) => `${symbol} ${bars[s]!.length}`).join(', ')
  return new QuorumError('NO_ROWS', {
    source: `the dataset of ${symbols.slice(0, 5).join(', ')}`,
    reason: `a sample takes ${needed} bars of warm-up, window and label before --to, and after --from; there are ${have}`,
  })
}
