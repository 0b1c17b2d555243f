/**
 * The feature store: computed sets below one folder, a partition a (set's fingerprint, timeframe, symbol), or one for the whole
 * universe where a set looks across symbols. What is read is what was computed from the bars named in the manifest, whole or
 * not at all, after a kill at any instant too.
 */
import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { check, unknownName } from '../../core/checks.ts'
import type { Frame } from '../../core/frame.ts'
import type { Bars } from '../../market/index.ts'
import { featureSetFingerprint, type FeatureSet } from '../feature-set.ts'
import { compilePlan, looksAcross } from '../plan.ts'
import { rowsOf, updatePartition, type UpdateOutcome } from './partition.ts'
import { readManifest } from './partition-manifest.ts'
import { readPartition } from './read-partition.ts'

export interface UpdateRequest {
  readonly set: FeatureSet
  readonly timeframe: string
  readonly symbols: readonly string[]
  /** Group (sector) code of each symbol. */
  readonly groups: Int32Array
  /** Bars of these symbols, oldest first, in their order. */
  readonly bars: (symbols: readonly string[]) => Promise<readonly Bars[]>
  readonly signal?: AbortSignal
  /** Symbols done so far. */
  readonly onProgress?: (done: number) => void
}

export interface UpdateReport {
  /** Partitions computed from their first bar, brought up to date, and left as they were. */
  readonly computed: number
  readonly appended: number
  readonly unchanged: number
  /** Rows written. */
  readonly rows: number
}

export interface ReadRequest {
  readonly set: FeatureSet
  readonly timeframe: string
  /** For a set that looks across symbols: of these symbols' partition, or of the one that holds them. */
  readonly symbols: readonly string[]
  /** Decision moments, milliseconds, both inclusive. */
  readonly from?: number
  readonly to?: number
}

export interface StoredSet {
  readonly set: string
  readonly fingerprint: string
  readonly timeframe: string
  readonly symbols: number
  readonly rows: number
  readonly bytes: number
  /** Newest decision moment, milliseconds; null without a row. */
  readonly newest: number | null
}

/** Symbols whose bars are held at once. */
const symbolsAtOnce = 16

/** Where the store lies in a data folder. */
export const featureStoreFolder = (dataDir: string): string => join(dataDir, 'features', 'store')

export class FeatureStore {
  readonly #folder: string
  readonly #engine: string

  /** `engine`: version of the code; what another version computed is computed anew. */
  constructor(folder: string, { engine }: { readonly engine: string }) {
    this.#folder = folder
    this.#engine = engine
  }

  /**
   * Brings the set's features of these symbols up to their bars: new bars are appended, to the bits of a computation from the
   * first; where an earlier bar changed everything is computed anew. What is done stays where a later symbol fails.
   * @throws INVALID_VALUE where the set's columns cannot be kept in one table.
   */
  async update(request: UpdateRequest): Promise<UpdateReport> {
    const { set, timeframe, symbols, groups, signal, onProgress } = request
    const plan = compilePlan(set)
    checkColumns(set)
    const fingerprint = featureSetFingerprint(set)
    const across = looksAcross(plan)
    const report: Record<UpdateOutcome | 'rows', number> = {
      ...{ computed: 0, appended: 0, unchanged: 0, rows: 0 },
    }
    const shared = { plan, set: set.name, fingerprint, timeframe, engine: this.#engine }
    const atOnce = across ? symbols.length : symbolsAtOnce
    for (let first = 0; first < symbols.length; first += atOnce) {
      const names = symbols.slice(first, first + atOnce)
      const bars = await request.bars(names)
      const own = groups.subarray(first, first + names.length)
      const partitions = across
        ? [{ symbols: names, bars, groups: own }]
        : names.map((name, k) => ({
            symbols: [name],
            bars: [bars[k]!],
            groups: own.subarray(k, k + 1),
          }))
      for (const [k, one] of partitions.entries()) {
        signal?.throwIfAborted()
        const folder = join(
          this.#timeframeFolder(set, timeframe),
          partitionName(one.symbols, across),
        )
        const { outcome, rows } = await updatePartition(folder, { ...shared, ...one })
        report[outcome]++
        report.rows += rows
        onProgress?.(first + (across ? names.length : k + 1))
      }
    }
    return report
  }

  /**
   * Stored features of each symbol: a frame whose time is the decision moment and whose columns are the features, float64, NaN
   * where missing (warm-up rows included). Never computes.
   * @throws UNKNOWN_NAME for a symbol that is not stored, INTEGRITY where a file is not what was written.
   */
  async read({
    set,
    timeframe,
    symbols,
    from = -Infinity,
    to = Infinity,
  }: ReadRequest): Promise<readonly Frame[]> {
    check(from <= to, 'from', `not after to (${to})`, from)
    const folder = this.#timeframeFolder(set, timeframe)
    const across = looksAcross(compilePlan(set))
    const universe = across ? await this.#universeOf(folder, symbols) : undefined
    const frames: Frame[] = []
    for (const symbol of symbols) {
      const name = universe ?? partitionName([symbol], false)
      const frame = await readPartition(join(folder, name), symbol, { from, to })
      if (frame === undefined) {
        const stored = (await foldersOf(folder)).map(decodeURIComponent)
        throw unknownName('stored features of symbol', symbol, stored)
      }
      frames.push(frame)
    }
    return frames
  }

  /** What is stored, a line a set, fingerprint and timeframe, by name. */
  async list(): Promise<readonly StoredSet[]> {
    const found: StoredSet[] = []
    for (const fingerprint of await foldersOf(this.#folder)) {
      for (const timeframe of await foldersOf(join(this.#folder, fingerprint))) {
        const folder = join(this.#folder, fingerprint, timeframe)
        const read = (await foldersOf(folder)).map((name) => readManifest(join(folder, name)))
        const manifests = (await Promise.all(read)).filter((one) => one !== undefined)
        if (manifests[0] === undefined) continue
        const members = manifests.flatMap((one) => one.members)
        const newest = Math.max(...members.map((one) => one.newest ?? -Infinity))
        found.push({
          ...{ set: manifests[0].set, fingerprint, timeframe },
          symbols: new Set(members.map(({ symbol }) => symbol)).size,
          rows: sum(manifests.map(rowsOf)),
          bytes: sum(
            manifests.flatMap(({ parts, state }) => [...parts, state].map((f) => f.bytes)),
          ),
          newest: newest === -Infinity ? null : newest,
        })
      }
    }
    return found.sort((a, b) => (a.set < b.set ? -1 : a.set > b.set ? 1 : 0))
  }

  /** Removes what is stored under fingerprints that none of these sets has. @returns the fingerprints removed. */
  async prune(sets: readonly FeatureSet[]): Promise<readonly string[]> {
    const current = new Set(sets.map(featureSetFingerprint))
    const old = (await foldersOf(this.#folder)).filter((name) => !current.has(name))
    for (const name of old) await rm(join(this.#folder, name), { recursive: true, force: true })
    return old
  }

  #timeframeFolder(set: FeatureSet, timeframe: string): string {
    return join(this.#folder, featureSetFingerprint(set), timeframe)
  }

  /** The partition of exactly these symbols, else the only one that holds them all. */
  async #universeOf(folder: string, symbols: readonly string[]): Promise<string> {
    const exact = partitionName(symbols, true)
    const stored = await foldersOf(folder)
    if (stored.includes(exact)) return exact
    const holding: string[] = []
    for (const name of stored) {
      const members = (await readManifest(join(folder, name)))?.members.map((one) => one.symbol)
      if (symbols.every((symbol) => members?.includes(symbol))) holding.push(name)
    }
    check(
      holding.length === 1,
      'symbols of a set across symbols',
      'those of one stored universe, or all of one',
      `${symbols.join()}, in ${holding.length} of them`,
      'Name the whole universe, or compute it with --store.',
    )
    return holding[0]!
  }
}

/** Letters, digits, `_` and `-` stay, so that `@` can lead the name of a universe. */
function partitionName(symbols: readonly string[], across: boolean): string {
  if (across) {
    return `@${createHash('sha256').update(JSON.stringify(symbols)).digest('hex').slice(0, 32)}`
  }
  return encodeURIComponent(symbols[0]!).replace(
    /[.!~*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Columns are kept by name beside `time` and `symbol`; a table does not tell upper from lower case. */
function checkColumns({ name, features }: FeatureSet): void {
  const taken = new Set(['time', 'symbol'])
  for (const feature of features) {
    const key = feature.name.toLowerCase()
    check(
      !taken.has(key),
      `feature names of ${name}`,
      'distinct in lower case, and not time or symbol',
      feature.name,
    )
    taken.add(key)
  }
}

async function foldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
