/**
 * Recomputes offline, in batch and from stored bars, every vector that the server logged, and compares bit for bit. What the
 * server used is what training would have computed, or the feature is named.
 */
import { join } from 'node:path'
import { writeFileAtomic } from '../../core/files.ts'
import { numberColumn } from '../../core/frame.ts'
import {
  compilePlan,
  evaluateBars,
  featureSetFingerprint,
  knownFeatureSets,
  readVectorLog,
  vectorLogFolder,
  verifyReportFile,
  type LoggedVector,
  type VectorKey,
} from '../../features/index.ts'
import { groupCodes } from '../../market/index.ts'
import type { RunProgress } from '../../registry/index.ts'
import type { Platform } from '../platform.ts'

export interface FeatureMismatch {
  readonly feature: string
  readonly set: string
  readonly count: number
  readonly first: {
    readonly symbol: string
    readonly time: number
    readonly logged: number
    readonly recomputed: number
  }
}

export interface VerifyReport {
  readonly vectors: number
  readonly compared: number
  readonly mismatches: readonly FeatureMismatch[]
  /** Vectors that agree with the bars as they were known when they were served, not with those of today. */
  readonly corrected: number
  /** Vectors that could not be compared, by reason. */
  readonly skipped: Readonly<Record<string, number>>
  /** Log segments that a killed process left half-written at their end. */
  readonly tornSegments: number
}

export interface VerifyOptions {
  readonly set?: string | undefined
  /** Only vectors served at or after this instant, milliseconds. */
  readonly since?: number | undefined
  readonly signal: AbortSignal
  readonly onProgress: (progress: RunProgress) => void
}

/** The report is kept beside the log, where the server's metrics find it. */
export async function verifyFeatures(
  platform: Platform,
  { set, since = -Infinity, signal, onProgress }: VerifyOptions,
): Promise<VerifyReport> {
  const folder = vectorLogFolder(platform.dataDir)
  const { vectors, torn } = await readVectorLog(folder)
  const wanted = vectors.filter(
    ({ key, servedAt }) => servedAt >= since && (set === undefined || key.set === set),
  )
  const found = new Findings()
  const groups = grouped(wanted, ({ key }) => JSON.stringify(key))
  let done = 0
  for (const group of groups.values()) {
    signal.throwIfAborted()
    await verifyGroup(platform, group, found)
    done += group.length
    onProgress({ stage: 'verify', done, total: wanted.length, unit: 'vectors' })
  }
  const report = found.report(wanted.length, torn)
  await writeFileAtomic(
    join(folder, verifyReportFile),
    `${JSON.stringify({ ...report, at: platform.clock.now() })}\n`,
  )
  return report
}

/** Vectors of one key: one symbol, one set, one timeframe. */
async function verifyGroup(
  platform: Platform,
  group: readonly LoggedVector[],
  found: Findings,
): Promise<void> {
  const { key } = group[0]!
  const set = knownFeatureSets().find((one) => one.name === key.set)
  if (set === undefined) {
    found.skip(`the set ${key.set} is not known any more`, group.length)
    return
  }
  if (featureSetFingerprint(set) !== key.fingerprint) {
    found.skip(`the set ${key.set} has changed since`, group.length)
    return
  }
  const today = await recompute(platform, key)
  for (const moment of grouped(group, ({ time }) => String(time)).values()) {
    const { time, servedAt } = moment[0]!
    const now = today(time)
    if (now === undefined) {
      found.skip('its bar is not stored any more', moment.length)
      continue
    }
    const isWrong = moment.map((vector) => differing(vector, now).length > 0)
    // A bar corrected since is no fault of the server: with what was known then the features must agree.
    const then = isWrong.includes(true)
      ? (await recompute(platform, key, servedAt))(time)
      : undefined
    for (const [k, vector] of moment.entries()) {
      const isCorrected =
        isWrong[k] === true && then !== undefined && differing(vector, then).length === 0
      if (isCorrected) found.corrected++
      else found.compare(vector, now)
    }
  }
}

/** The newest stored definition's features of a symbol by moment, from bars as of now or of an earlier instant. */
async function recompute(
  { bars: store }: Platform,
  { universe, symbol, timeframe, set: name }: VectorKey,
  asOf?: number,
): Promise<(time: number) => Float32Array | undefined> {
  const set = knownFeatureSets().find((one) => one.name === name)!
  const plan = compilePlan(set)
  const bars = await store.read({ symbols: universe, timeframe, asOf })
  const instruments = await Promise.all(universe.map((one) => store.instrument(one)))
  const at = universe.indexOf(symbol)
  const columns = evaluateBars(plan, bars, groupCodes(instruments))[at]!
  const rows = new Map(Array.from(numberColumn(bars[at]!, 'knownAt'), (time, row) => [time, row]))
  return (time) => {
    const row = rows.get(time)
    return row === undefined ? undefined : Float32Array.from(columns, (column) => column[row]!)
  }
}

/** Features whose values are not the same bits; a missing value equals a missing value. */
function differing({ values }: LoggedVector, other: Float32Array): number[] {
  return Array.from(values.keys()).filter((k) => !Object.is(values[k], other[k]))
}

class Findings {
  corrected = 0
  #compared = 0
  readonly #skipped: Record<string, number> = {}
  readonly #mismatches = new Map<string, FeatureMismatch>()

  skip(reason: string, vectors: number): void {
    this.#skipped[reason] = (this.#skipped[reason] ?? 0) + vectors
  }

  compare(vector: LoggedVector, recomputed: Float32Array): void {
    this.#compared++
    const { symbol, set, features } = vector.key
    for (const k of differing(vector, recomputed)) {
      const name = `${set}/${features[k]!}`
      const known = this.#mismatches.get(name)
      const first = known?.first ?? {
        symbol,
        time: vector.time,
        logged: vector.values[k]!,
        recomputed: recomputed[k]!,
      }
      const count = (known?.count ?? 0) + 1
      this.#mismatches.set(name, { feature: features[k]!, set, count, first })
    }
  }

  report(vectors: number, tornSegments: number): VerifyReport {
    return {
      vectors,
      compared: this.#compared,
      mismatches: [...this.#mismatches.values()].sort((a, b) => b.count - a.count),
      corrected: this.corrected,
      skipped: this.#skipped,
      tornSegments,
    }
  }
}

function grouped<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const group = groups.get(keyOf(value))
    if (group === undefined) groups.set(keyOf(value), [value])
    else group.push(value)
  }
  return groups
}
