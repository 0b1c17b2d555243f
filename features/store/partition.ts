/**
 * A partition of the feature store: the features of one symbol, or of a whole universe where the set looks across symbols, as
 * Parquet parts. An update computes rows of new bars alone, from the state kept with the last ones, to the bits of a
 * computation from the first bar. Where an earlier bar, the groups or the code changed, everything is computed anew.
 */
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { QuorumError } from '../../core/errors.ts'
import { makeFolder, writeFileAtomic } from '../../core/files.ts'
import { lowerBound } from '../../core/frame.ts'
import {
  dataFingerprint,
  readParquet,
  sliceBars,
  sqlName,
  writeTable,
  type Bars,
} from '../../market/index.ts'
import { barRows } from '../dataset-builder.ts'
import { FeatureEvaluation, type BarRows } from '../evaluation.ts'
import { looksAcross, type Plan } from '../plan.ts'
import { StateReader, StateWriter } from '../snapshot.ts'
import {
  fileOfGeneration,
  publishManifest,
  readManifest,
  type PartitionManifest,
  type StoredPart,
} from './partition-manifest.ts'
import { describeFile, isIntact, isPresent } from './stored-file.ts'

export type UpdateOutcome = 'computed' | 'appended' | 'unchanged'

/** What a partition is to be brought up to: `bars` oldest first and `groups`, one a symbol. */
export interface PartitionInput {
  readonly plan: Plan
  readonly set: string
  readonly fingerprint: string
  readonly timeframe: string
  readonly engine: string
  readonly bars: readonly Bars[]
  readonly groups: Int32Array
}

/** Rows an evaluation advances over at once: its columns go into the state, so that a longer chunk costs disk. */
const chunkRows = 128
/** Rows over all symbols whose features are held at a time. */
const rowsAtOnce = 16_384
/** Cells of a part; a universe of years takes several. */
const cellsOfPart = 32_000_000
/** Appends leave a part each; this many are merged into one by the next. */
const maxParts = 32

/** @returns what was done and how many rows were written. */
export async function updatePartition(
  folder: string,
  input: PartitionInput,
): Promise<{ outcome: UpdateOutcome; rows: number }> {
  await makeFolder(folder)
  for (;;) {
    const known = await readManifest(folder)
    const base = known !== undefined && (await isBase(folder, known, input)) ? known : undefined
    const total = input.bars.reduce((sum, { length }) => sum + length, 0)
    const rows = total - (base === undefined ? 0 : rowsOf(base))
    if (base !== undefined && rows === 0) return { outcome: 'unchanged', rows }
    const restored = base === undefined ? undefined : await restore(folder, base, input)
    const generation = (known?.generation ?? 0) + 1
    const manifest = await (restored === undefined
      ? write(folder, input, newEvaluation(input), generation, undefined)
      : write(folder, input, restored, generation, base))
    if (!(await publishManifest(folder, manifest))) continue
    return restored === undefined
      ? { outcome: 'computed', rows: total }
      : { outcome: 'appended', rows }
  }
}

function newEvaluation({ plan, groups }: PartitionInput): FeatureEvaluation {
  return new FeatureEvaluation(plan, groups, { chunkRows })
}

export function rowsOf({ parts }: PartitionManifest): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0)
}

/** Whether the rows stored are the first rows of what is wanted. */
async function isBase(
  folder: string,
  known: PartitionManifest,
  { plan, engine, bars, groups }: PartitionInput,
): Promise<boolean> {
  const { members, parts, state } = known
  const across = looksAcross(plan)
  if (known.engine !== engine || members.length !== bars.length) return false
  const latest = Math.max(...members.map(({ newest }) => newest ?? -Infinity))
  const same = members.every(({ symbol, group, rows, bars: print }, k) => {
    const one = bars[k]!
    if (one.symbol !== symbol || one.length < rows) return false
    if (across && group !== groups[k]) return false
    // A bar that came late to a moment changes what the other symbols of that moment were compared with.
    if (across && one.length > rows && one.columns.knownAt[rows]! <= latest) return false
    return dataFingerprint(sliceBars(one, 0, rows)) === print
  })
  if (!same) return false
  const present = await Promise.all([...parts, state].map((file) => isPresent(folder, file)))
  return present.every(Boolean)
}

/** An evaluation that goes on from the state kept; undefined where that is damaged, or of operators of another layout. */
async function restore(
  folder: string,
  { state, members }: PartitionManifest,
  input: PartitionInput,
): Promise<FeatureEvaluation | undefined> {
  if (!(await isIntact(folder, state))) return undefined
  const evaluation = newEvaluation(input)
  const reader = new StateReader(await readFile(join(folder, state.file)))
  try {
    members.forEach((_, k) => {
      const own = evaluation.stateOf(k)
      reader.take(own.data)
      own.load()
    })
    reader.end()
  } catch (error) {
    if (error instanceof QuorumError) return undefined
    throw error
  }
  return evaluation
}

async function write(
  folder: string,
  { plan, set, fingerprint, timeframe, engine, bars, groups }: PartitionInput,
  evaluation: FeatureEvaluation,
  generation: number,
  base: PartitionManifest | undefined,
): Promise<PartitionManifest> {
  const merges = base !== undefined && base.parts.length >= maxParts
  const parts: StoredPart[] = merges ? [] : [...(base?.parts ?? [])]
  let merged: readonly StoredPart[] = merges ? base.parts : []
  const slices = evaluateSlices(plan, evaluation, bars)
  let slice = slices.next()
  while (slice.done !== true || merged.length > 0) {
    const file = fileOfGeneration(generation, 'parquet')
    const part = { first: Infinity, last: -Infinity, rows: 0 }
    part.rows = await writeTable(join(folder, file), async (append) => {
      for (const one of merged) {
        await append(await readPart(folder, one, plan.names))
        part.first = Math.min(part.first, one.first)
        part.last = Math.max(part.last, one.last)
      }
      merged = []
      for (let cells = 0; slice.done !== true && cells < cellsOfPart; slice = slices.next()) {
        const { symbol, time, columns } = slice.value
        const codes = new Int32Array(time.length)
        const features = plan.names.map((name, f) => [name, columns[f]!] as const)
        const values = Object.fromEntries(features)
        await append({ time, symbol: { codes, values: [symbol] }, ...values })
        part.first = Math.min(part.first, time[0]!)
        part.last = Math.max(part.last, time.at(-1)!)
        cells += time.length * plan.names.length
      }
    })
    parts.push({ ...(await describeFile(folder, file)), ...part })
  }
  const writer = new StateWriter()
  bars.forEach((_, k) => {
    writer.put(evaluation.stateOf(k).data)
  })
  const state = fileOfGeneration(generation, 'state')
  await writeFileAtomic(join(folder, state), writer.bytes())
  return {
    ...{ format: 1, generation, engine, set, fingerprint, timeframe, features: [...plan.names] },
    members: bars.map((one, k) => ({
      symbol: one.symbol,
      group: groups[k]!,
      rows: one.length,
      newest: one.columns.knownAt.at(-1) ?? null,
      bars: dataFingerprint(one),
    })),
    parts,
    state: await describeFile(folder, state),
  }
}

async function readPart(
  folder: string,
  { file }: StoredPart,
  names: readonly string[],
): Promise<Awaited<ReturnType<typeof readParquet>>['columns']> {
  const select = Object.fromEntries(
    ['time', 'symbol', ...names].map((name) => [name, sqlName(name)]),
  )
  return (await readParquet([join(folder, file)], select)).columns
}

interface Slice {
  readonly symbol: string
  readonly time: Float64Array
  /** One a feature. */
  readonly columns: readonly Float64Array[]
}

/** Features of the bars that the evaluation has not seen, a few whole moments at a time: memory does not grow with the bars. */
function* evaluateSlices(
  plan: Plan,
  evaluation: FeatureEvaluation,
  bars: readonly Bars[],
): Generator<Slice, void> {
  const rows = bars.map((one) => barRows(plan, one))
  const seen = rows.map((_, k) => evaluation.seen(k))
  const moments = distinct(rows.map(({ time }, k) => time.subarray(seen[k])))
  const momentsAtOnce = Math.max(16, Math.floor(rowsAtOnce / bars.length))
  for (let m = 0; m < moments.length; m += momentsAtOnce) {
    const end = moments[m + momentsAtOnce] ?? Infinity
    const ends = rows.map(({ time }) => lowerBound(time, end))
    const slices = bars.map(({ symbol }, k): Slice => {
      const time = rows[k]!.time.subarray(seen[k], ends[k])
      return { symbol, time, columns: plan.names.map(() => new Float64Array(time.length)) }
    })
    const added = rows.map((one, k) => rowsBetween(one, seen[k]!, ends[k]!))
    evaluation.append(added, ({ symbol, features, columns, offset, row, count }) => {
      features.forEach((feature, f) => {
        const values = columns[f]!.subarray(offset, offset + count)
        slices[symbol]!.columns[feature]!.set(values, row - seen[symbol]!)
      })
    })
    yield* slices.filter(({ time }) => time.length > 0)
    ends.forEach((row, k) => (seen[k] = row))
  }
}

function rowsBetween({ time, columns }: BarRows, from: number, to: number): BarRows {
  const cut = Object.entries(columns).map(([name, values]) => [name, values.subarray(from, to)])
  return { time: time.subarray(from, to), columns: Object.fromEntries(cut) as BarRows['columns'] }
}

function distinct(times: readonly Float64Array[]): Float64Array {
  if (times.length === 1) return times[0]!
  return Float64Array.from(new Set(times.flatMap((time) => [...time]))).sort()
}
