/**
 * Builds a Dataset from stored bars: features over each symbol's whole history (warm-up on earlier bars), labels, and the
 * rows at which a sample may end. Only bars known by `to` may be handed in: then no row or label sees anything later.
 */
import { createHash } from 'node:crypto'
import { createWorkerPool } from '../core/worker-pool.ts'
import { QuorumError } from '../core/errors.ts'
import { lowerBound, numberColumn, type Frame } from '../core/frame.ts'
import type { Dataset } from './dataset.ts'
import { evaluatePanel } from './evaluation.ts'
import { featureSetFingerprint, type FeatureSet } from './feature-set.ts'
import { formatLabel, labelPanel, type Label } from './labels/index.ts'
import { fillPanel, fillPanelShared, type PanelTask } from './panel-matrix.ts'
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
  const { task, finish } = prepareDataset(request)
  fillPanel(task)
  return finish()
}

/** The same bytes, with the features of large panels computed on several threads. @throws NO_ROWS */
export async function buildDatasetShared(
  request: DatasetRequest,
  threads: number,
): Promise<Dataset> {
  const { task, finish } = prepareDataset(request)
  if (threads < 2 || task.X.length < worthThreads) fillPanel(task)
  else {
    const pool = createWorkerPool({ size: threads - 1 })
    try {
      await fillPanelShared(task, pool)
    } finally {
      await pool.close()
    }
  }
  return finish()
}

/** Cells of a matrix that take longer to compute than threads to start. */
const worthThreads = 20_000_000

function prepareDataset(request: DatasetRequest): { task: PanelTask; finish: () => Dataset } {
  const { symbols, bars, set, window, from = -Infinity } = request
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
  const task = {
    set,
    parts: parts.map(({ frame, first, offset }) => ({ rows: barRows(plan, frame), first, offset })),
    groups: request.groups,
    X: dataset.X,
  }
  return { task, finish: () => finishDataset(request, plan, parts, dataset) }
}

function finishDataset(
  request: DatasetRequest,
  plan: Plan,
  parts: readonly SymbolRows[],
  dataset: Omit<Dataset, 'samples' | 'fingerprint'>,
): Dataset {
  const { symbols, bars, set, label, window, from = -Infinity } = request
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
