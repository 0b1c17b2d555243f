/**
 * Features of stored bars, computed symbol by symbol into a file, in memory that does not grow with the number of symbols:
 * the columns of one or more sets, and on request a label, so that the file can be trained on.
 */
import { check } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { canonicalJson, sha256 } from '../../core/canonical-json.ts'
import { lowerBound, numberColumn, type Column, type Frame } from '../../core/frame.ts'
import {
  compilePlan,
  featureSetFingerprint,
  evaluateBars,
  findFeatureSet,
  fingerprint,
  labelPanel,
  looksAcross,
  parseLabel,
  type FeatureSet,
} from '../../features/index.ts'
import {
  dataFingerprint,
  groupCodes,
  optionalBarColumns,
  parseDate,
  startOfDate,
  writeTable,
} from '../../market/index.ts'
import type { RunProgress } from '../../registry/index.ts'
import { ensureSymbols } from '../data/ensure-symbols.ts'
import type { Platform } from '../platform.ts'
import { openEvents, type EventFile } from './events.ts'

export interface ComputeRequest {
  /** Sets by name; the file has the columns of all, in this order. */
  readonly sets: readonly string[]
  readonly symbols: readonly string[]
  readonly timeframe: string
  /** First and last date in the instruments' zone, both inclusive; rows before `from` still warm the features up. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Event series whose columns the sets may use. */
  readonly events?: readonly EventFile[] | undefined
  /** Adds the columns `label` and `labelEnd` (ms); both are missing where bars up to `to` do not decide the label. */
  readonly label?: string | undefined
  /** `.csv` or `.parquet`. */
  readonly out: string
}

export interface ComputeResult {
  readonly rows: number
  readonly features: number
  readonly seconds: number
  /** sha256 over the sets' fingerprints, every symbol's bars, and the events and the label where there are any. */
  readonly fingerprint: string
}

/** Symbols read at once: enough to keep the reader busy, few enough to bound memory. */
const symbolsAtOnce = 16

/** @throws UNKNOWN_NAME, NO_ROWS, BAD_DATA, INVALID_VALUE */
export async function computeFeatures(
  platform: Platform,
  request: ComputeRequest,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: RunProgress) => void },
): Promise<ComputeResult> {
  const began = performance.now()
  const { bars: store } = platform
  const { symbols, timeframe, out, from, to, events = [] } = request
  if (from !== undefined) parseDate(from, 'from')
  if (to !== undefined) parseDate(to, 'to')
  check(from === undefined || to === undefined || from <= to, 'from', `not after to (${to!})`, from)
  const sets = request.sets.map(findFeatureSet)
  const label = request.label === undefined ? undefined : parseLabel(request.label)
  checkNames(sets, label === undefined ? [] : ['label', 'labelEnd'])
  const plans = sets.map(compilePlan)
  const join = await openEvents(events)
  await ensureSymbols(platform, symbols)
  const instruments = await Promise.all(symbols.map((symbol) => store.instrument(symbol)))
  const groups = groupCodes(instruments)
  const start = from === undefined ? -Infinity : startOfDate(from, instruments[0]!.timeZone)
  // An operator or a label across symbols needs every symbol of a moment.
  const across = plans.some(looksAcross) || label?.scope === 'panel'
  const atOnce = across ? symbols.length : symbolsAtOnce
  const prints: string[] = []
  let found = 0
  const rows = await writeTable(out, async (append) => {
    for (let first = 0; first < symbols.length; first += atOnce) {
      signal.throwIfAborted()
      const names = symbols.slice(first, first + atOnce)
      const bars = await store.read({ symbols: names, timeframe, to })
      prints.push(...bars.map((frame) => dataFingerprint(frame)))
      const frames = bars.map((frame, k) => join(names[k]!, frame))
      for (const set of sets) checkColumns(set, frames[0]!)
      if (events.length > 0) prints.push(...frames.map(printOfEvents))
      const own = groups.subarray(first, first + names.length)
      const columns = plans.map((plan) => evaluateBars(plan, frames, own))
      const labels = label === undefined ? undefined : labelPanel(bars, label)
      for (const [k, frame] of frames.entries()) {
        const kept = lowerBound(numberColumn(frame, 'knownAt'), start)
        if (kept === frame.length) continue
        found += frame.length - kept
        const values = plans.flatMap(({ names: features }, p) =>
          features.map((name, f) => [name, columns[p]![k]![f]!] as const),
        )
        if (labels !== undefined)
          values.push(['label', labels[k]!.y], ['labelEnd', labels[k]!.labelEnd])
        const part: Record<string, Column> = {
          time: numberColumn(frame, 'knownAt').subarray(kept),
          symbol: { codes: new Int32Array(frame.length - kept), values: [names[k]!] },
        }
        for (const [name, column] of values) part[name] = column.subarray(kept)
        await append(part)
        onProgress({ stage: 'features', done: first + k + 1, total: symbols.length })
      }
    }
    if (found > 0) return
    const reason = `no bar of ${symbols.slice(0, 5).join(', ')} lies in the period`
    throw new QuorumError('NO_ROWS', { source: `the set ${sets[0]!.name}`, reason })
  })
  const prefix = sets.map(featureSetFingerprint)
  return {
    rows,
    features: plans.reduce((sum, { names }) => sum + names.length, 0),
    seconds: (performance.now() - began) / 1_000,
    fingerprint: sha256(
      canonicalJson([...prefix, prints, ...(label === undefined ? [] : [label.text])]),
    ),
  }
}

/** Columns of a file are told apart by name, upper and lower case alike. */
function checkNames(sets: readonly FeatureSet[], labels: readonly string[]): void {
  const taken = new Map(
    ['time', 'symbol', ...labels].map((name) => [name.toLowerCase(), 'the file']),
  )
  for (const set of sets) {
    for (const { name } of set.features) {
      const other = taken.get(name.toLowerCase())
      check(
        other === undefined,
        `columns of ${set.name}`,
        `other than those of ${other ?? ''}`,
        name,
        'Compute the sets into files of their own, or rename the feature in your own set.',
      )
      taken.set(name.toLowerCase(), set.name)
    }
  }
}

/** What a set reads is a column of bars or of an event series; the error says how to bring the series. */
function checkColumns(set: FeatureSet, frame: Frame): void {
  for (const name of compilePlan(set).columns) {
    const present =
      name in frame.columns || (optionalBarColumns as readonly string[]).includes(name)
    const series = name.replace(/_(age|next)$/, '')
    check(
      present,
      `column ${name} of the set ${set.name}`,
      'one of bars or of an event series',
      'none of that name',
      `Bring its events with --events ${series}=FILE.`,
    )
  }
}

/** Of the columns that the events of a symbol come down to. */
function printOfEvents({ columns }: Frame): string {
  return fingerprint(
    Object.keys(columns).join(),
    Object.values(columns).filter((column) => column instanceof Float64Array),
  )
}
