/**
 * Drift of stored bars against what a model version was trained on, offline: the features of a period are counted by the bins
 * of the training reference in the version's artifact, as the server counts those that it serves.
 */
import { check, unknownName } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { lowerBound, numberColumn, type Frame } from '../../core/frame.ts'
import {
  BinCounts,
  compilePlan,
  countBars,
  featureSetFingerprint,
  findFeatureSet,
  looksAcross,
  type FeatureDrift,
  type FeatureSet,
  type Plan,
  type Reference,
  type RowSpan,
} from '../../features/index.ts'
import { groupCodes, parseDate, startOfDate, type BarStore } from '../../market/index.ts'
import { readReference, type Manifest, type ModelManifest } from '../../models/index.ts'
import type { RunProgress, Version } from '../../registry/index.ts'
import { ensureSymbols } from '../data/ensure-symbols.ts'
import type { Platform } from '../platform.ts'

export interface DriftRequest {
  /** Which of the feature sets of an ensemble; needed where its members have several. */
  readonly set?: string | undefined
  /** Default: those it was trained on. */
  readonly symbols?: readonly string[] | undefined
  /** First date of rows; default: after the last bar that the version's training or validation saw. */
  readonly from?: string | undefined
  /** Last date, included. */
  readonly to?: string | undefined
  readonly signal: AbortSignal
  readonly onProgress: (progress: RunProgress) => void
}

export interface DriftReport {
  readonly model: string
  readonly version: number
  readonly set: string
  readonly symbols: readonly string[]
  /** Decision moments of the first and the last row, milliseconds. */
  readonly from: number
  readonly to: number
  /** Rows of all symbols, those after the set's warm-up. */
  readonly rows: number
  /** Whether some of the rows lie in the bars that training and validation saw: those drift less than later ones. */
  readonly isInSample: boolean
  /** The greatest stability index first. */
  readonly features: readonly FeatureDrift[]
}

/** Symbols read at once where a set does not look across them. */
const symbolsAtOnce = 16

/** @throws UNKNOWN_NAME, INVALID_VALUE where the version has no reference, NO_ROWS for too few rows, INTEGRITY */
export async function driftOfVersion(
  platform: Platform,
  { model, version, artifact }: Version,
  request: DriftRequest,
): Promise<DriftReport> {
  checkRequest(request)
  const manifest = await platform.artifacts.manifest(artifact)
  const { set, reference } = await referenceOf(platform, artifact, request.set)
  const symbols = [...new Set(request.symbols ?? manifest.symbols)]
  const counts = new BinCounts(reference)
  const plan = compilePlan(set)
  const period = await countPeriod(platform, counts, { ...request, plan, symbols, manifest })
  const { windowRows, ...limits } = platform.config.features.drift
  if (period.rows < windowRows) {
    const since =
      request.from ?? `the end of its training, ${new Date(manifest.labelEnd).toISOString()}`
    throw new QuorumError('NO_ROWS', {
      source: `the drift of ${model} version ${version}`,
      reason: `it takes ${windowRows} rows after the warm-up of ${plan.warmup} bars (features.drift.windowRows), and there are ${period.rows} of ${symbols.slice(0, 5).join(', ')} since ${since}`,
    })
  }
  const isInSample = period.from <= manifest.labelEnd
  const features = counts.measure(limits).sort((a, b) => rank(b) - rank(a))
  return { model, version, set: set.name, symbols, ...period, isInSample, features }
}

function checkRequest({ symbols, from, to }: DriftRequest): void {
  check(symbols?.length !== 0, '--symbols', 'at least one symbol', '')
  if (from !== undefined) parseDate(from, '--from')
  if (to !== undefined) parseDate(to, '--to')
  check(from === undefined || to === undefined || from <= to, '--from', `not after ${to!}`, from)
}

interface Period {
  rows: number
  from: number
  to: number
}

interface PeriodRequest extends Omit<DriftRequest, 'set'> {
  readonly plan: Plan
  readonly symbols: readonly string[]
  readonly manifest: Manifest
}

/** Counts the rows of the period, symbols at a time, and says what they are. */
async function countPeriod(
  platform: Platform,
  counts: BinCounts,
  { plan, symbols, manifest, from, to, signal, onProgress }: PeriodRequest,
): Promise<Period> {
  const { bars: store } = platform
  const { timeframe, labelEnd } = manifest
  const period = { rows: 0, from: Infinity, to: -Infinity }
  // A set across symbols looks at all that the version was trained on, as in the server.
  const across = looksAcross(plan)
  const all = across ? [...new Set([...manifest.symbols, ...symbols])] : symbols
  await ensureSymbols(platform, all)
  const start = from === undefined ? labelEnd + 1 : await startOf(store, symbols[0]!, from)
  const atOnce = across ? all.length : symbolsAtOnce
  for (let first = 0; first < all.length; first += atOnce) {
    signal.throwIfAborted()
    const names = all.slice(first, first + atOnce)
    const bars = await store.read({ symbols: names, timeframe, to })
    const groups = groupCodes(await Promise.all(names.map((name) => store.instrument(name))))
    const spans = bars.map((frame) =>
      symbols.includes(frame.symbol) ? spanOf(frame, plan, start, period) : { from: 0, to: 0 },
    )
    countBars(counts, plan, { bars, groups, spans })
    onProgress({ stage: 'features', done: first + names.length, total: all.length })
  }
  return period
}

/** Rows after the warm-up whose moments are not before `start`; adds them to the period. */
function spanOf(frame: Frame, { warmup }: Plan, start: number, period: Period): RowSpan {
  const moments = numberColumn(frame, 'knownAt')
  const from = Math.min(frame.length, Math.max(warmup, lowerBound(moments, start)))
  if (from < frame.length) {
    period.rows += frame.length - from
    period.from = Math.min(period.from, moments[from]!)
    period.to = Math.max(period.to, moments.at(-1)!)
  }
  return { from, to: frame.length }
}

async function startOf(store: BarStore, symbol: string, from: string): Promise<number> {
  return startOfDate(from, (await store.instrument(symbol)).timeZone)
}

/** An index that nothing can be said of comes first where that is new, and last where training had no value either. */
function rank({ psi, state }: FeatureDrift): number {
  if (!Number.isNaN(psi)) return psi
  return state === 'ok' ? -1 : Infinity
}

/** The first member on a set stands for all: they were trained on the same rows. */
async function referenceOf(
  { artifacts }: Platform,
  artifact: string,
  wanted: string | undefined,
): Promise<{ set: FeatureSet; reference: Reference }> {
  const manifest = await artifacts.manifest(artifact)
  const ids = manifest.type === 'model' ? [artifact] : manifest.members.map((one) => one.artifact)
  const models = new Map<string, { id: string; featureSet: ModelManifest['featureSet'] }>()
  for (const id of ids) {
    const one = await artifacts.manifest(id)
    if (one.type === 'model' && !models.has(one.featureSet.name))
      models.set(one.featureSet.name, { id, featureSet: one.featureSet })
  }
  const names = [...models.keys()]
  check(
    wanted !== undefined || names.length === 1,
    '--set',
    `one of ${names.join(', ')}: the members of this ensemble have several`,
    'none',
  )
  const name = wanted ?? names[0]!
  const chosen = models.get(name)
  if (chosen === undefined) throw unknownName('feature set of the model', name, names)
  const reference = readReference(await artifacts.files(chosen.id))
  check(
    reference !== undefined,
    'the model to measure',
    'one with a training reference',
    `one on the feature set ${name} without`,
    'Train it again on a feature set: imported models, models of a dataset file and old artifacts have none.',
  )
  const set = findFeatureSet(name)
  if (featureSetFingerprint(set) !== chosen.featureSet.fingerprint) {
    throw new QuorumError('INTEGRITY', {
      subject: `artifact ${chosen.id}`,
      reason: `feature set ${name} is defined differently now than when it was trained; retrain the model`,
    })
  }
  return { set, reference }
}
