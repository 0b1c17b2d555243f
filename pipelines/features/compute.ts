/** Features of stored bars, computed symbol by symbol into a file, in memory that does not grow with the number of symbols. */
import { lowerBound, numberColumn } from '../../core/frame.ts'
import { check } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { canonicalJson, sha256 } from '../../core/canonical-json.ts'
import {
  compilePlan,
  featureSetFingerprint,
  evaluateBars,
  findFeatureSet,
  looksAcross,
} from '../../features/index.ts'
import { dataFingerprint, groupCodes, parseDate, timeZone, writeTable } from '../../market/index.ts'
import type { RunProgress } from '../../registry/index.ts'
import { ensureSymbols } from '../data/ensure-symbols.ts'
import type { Platform } from '../platform.ts'

export interface ComputeRequest {
  readonly set: string
  readonly symbols: readonly string[]
  readonly timeframe: string
  /** First and last date in the instruments' zone, both inclusive; rows before `from` still warm the features up. */
  readonly from?: string
  readonly to?: string
  /** `.csv` or `.parquet`. */
  readonly out: string
}

export interface ComputeResult {
  readonly rows: number
  readonly features: number
  readonly seconds: number
  /** sha256 over the set's fingerprint and every symbol's bars. */
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
  const { symbols, timeframe, out, from, to } = request
  if (from !== undefined) parseDate(from, 'from')
  if (to !== undefined) parseDate(to, 'to')
  check(from === undefined || to === undefined || from <= to, 'from', `not after to (${to!})`, from)
  const set = findFeatureSet(request.set)
  const plan = compilePlan(set)
  await ensureSymbols(platform, symbols)
  const instruments = await Promise.all(symbols.map((symbol) => store.instrument(symbol)))
  const groups = groupCodes(instruments)
  const start =
    from === undefined
      ? -Infinity
      : timeZone(instruments[0]!.timeZone).toUtc(Date.parse(`${from}T00:00:00Z`))
  // An operator across symbols needs every symbol of a moment.
  const atOnce = looksAcross(plan) ? symbols.length : symbolsAtOnce
  const prints: string[] = []
  let found = 0
  const rows = await writeTable(out, async (append) => {
    for (let first = 0; first < symbols.length; first += atOnce) {
      signal.throwIfAborted()
      const names = symbols.slice(first, first + atOnce)
      const frames = await store.read({ symbols: names, timeframe, to })
      prints.push(...frames.map((frame) => dataFingerprint(frame)))
      const columns = evaluateBars(plan, frames, groups.subarray(first, first + names.length))
      for (const [k, frame] of frames.entries()) {
        const kept = lowerBound(numberColumn(frame, 'knownAt'), start)
        if (kept === frame.length) continue
        found += frame.length - kept
        await append({
          time: numberColumn(frame, 'knownAt').subarray(kept),
          symbol: { codes: new Int32Array(frame.length - kept), values: [names[k]!] },
          ...Object.fromEntries(
            plan.names.map((name, f) => [name, columns[k]![f]!.subarray(kept)]),
          ),
        })
        onProgress({ stage: 'features', done: first + k + 1, total: symbols.length })
      }
    }
    if (found > 0) return
    const reason = `no bar of ${symbols.slice(0, 5).join(', ')} lies in the period`
    throw new QuorumError('NO_ROWS', { source: `the set ${set.name}`, reason })
  })
  return {
    rows,
    features: plan.names.length,
    seconds: (performance.now() - began) / 1_000,
    fingerprint: sha256(canonicalJson([featureSetFingerprint(set), prints])),
  }
}
