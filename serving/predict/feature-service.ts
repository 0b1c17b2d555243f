/**
 * The server's features: one stream a (feature set, timeframe, symbols), brought up to the bar store when it is asked for. A
 * stream starts from the first stored bar, as training does, so its values are the same bits.
 */
import { check } from '../../core/checks.ts'
import type { Clock } from '../../core/clock.ts'
import {
  compilePlan,
  featureSetFingerprint,
  fileFeatures,
  findFeatureSet,
  looksAcross,
  type FeatureSet,
  type LatestFeatures,
  type VectorLog,
} from '../../features/index.ts'
import type { BarStore } from '../../market/index.ts'
import type { FeatureSource, LoadedEnsemble } from '../../models/index.ts'
import { KeptStream } from './kept-stream.ts'
import { Recent } from './recent.ts'

/** Longest window a model may want from the server. */
const maxWindow = 512
const capacity = 256

/** What there is to know of a set beside its definition; a registered set never changes. */
interface SetFacts {
  readonly isAcross: boolean
  readonly fingerprint: string
}

interface Taken {
  readonly stream: KeptStream
  readonly part: LatestFeatures
}

export class FeatureService {
  readonly #bars: BarStore
  readonly #clock: Clock
  readonly #log: VectorLog | undefined
  readonly #streams = new Map<string, KeptStream>()
  readonly #recent: Recent<KeptStream>
  readonly #facts = new WeakMap<FeatureSet, SetFacts>()

  /** `log`: hears of every vector that is handed out; absent where none is kept. */
  constructor(bars: BarStore, clock: Clock, log?: VectorLog) {
    this.#bars = bars
    this.#clock = clock
    this.#recent = new Recent(clock)
    this.#log = log
  }

  /** Newest features for an ensemble and the symbols asked for. @throws UNKNOWN_NAME for a symbol without bars. */
  async source(ensemble: LoadedEnsemble, symbols: readonly string[]): Promise<FeatureSource> {
    check(
      ensemble.window <= maxWindow,
      'window of the model',
      `at most ${maxWindow} rows`,
      ensemble.window,
    )
    const sets = await Promise.all(
      [...windowsOf(ensemble)].map(async ([set, windows]) => {
        const most = Math.max(...windows)
        const streams = symbols.map((symbol) => this.#caughtUp(set, ensemble, symbol, most))
        return { set, windows, streams: await Promise.all(streams) }
      }),
    )
    // All at one instant: while members predict, another request may bring a stream to its next bar.
    const taken = new Map<string, Taken[]>()
    for (const { set, windows, streams } of sets) {
      for (const window of windows) {
        const parts = symbols.map((symbol, s) => {
          return { stream: streams[s]!, part: streams[s]!.latest(symbol, window) }
        })
        taken.set(`${set}/${window}`, parts)
      }
    }
    return (set, window, asked) => {
      const own = taken.get(`${set}/${window}`)!
      const parts = asked.map((symbol) => {
        const { part, stream } = own[symbols.indexOf(symbol)]!
        this.#logVector(part, stream, symbol)
        return part
      })
      return joined(parts, window)
    }
  }

  #logVector(
    { matrix, samples, time }: LatestFeatures,
    { spec }: KeptStream,
    symbol: string,
  ): void {
    const row = samples[0]!
    if (this.#log === undefined || row < 0) return
    const { features, X } = matrix
    const { timeframe, symbols: universe } = spec
    const { fingerprint } = this.#factsOf(spec.set)
    const values = X.subarray(row * features.length, (row + 1) * features.length)
    const key = { symbol, universe, timeframe, set: spec.set.name, fingerprint, features }
    const identity = `${fingerprint}/${timeframe}/${symbol}/${universe.length}`
    this.#log.append(identity, { key, servedAt: this.#clock.now(), time: time[0]!, values })
  }

  /** A set that looks across symbols is evaluated over all symbols of the ensemble, any other over the one asked for. */
  #caughtUp(
    name: string,
    ensemble: LoadedEnsemble,
    symbol: string,
    window: number,
  ): Promise<KeptStream> {
    const set = findFeatureSet(name)
    const { isAcross } = this.#factsOf(set)
    const symbols = isAcross ? [...new Set([...ensemble.symbols, symbol])] : [symbol]
    const { timeframe } = ensemble
    const key = JSON.stringify([name, timeframe, symbols])
    return this.#recent.get(`${key}/${window}`, async () => {
      const known = this.#streams.get(key)
      const kept =
        known?.spec.set === set
          ? known
          : new KeptStream({ set, isAcross, timeframe, symbols }, this.#bars)
      this.#streams.delete(key)
      this.#streams.set(key, kept)
      if (this.#streams.size > capacity) this.#streams.delete(this.#streams.keys().next().value!)
      try {
        await kept.catchUp(window)
      } catch (error) {
        if (this.#streams.get(key) === kept) this.#streams.delete(key)
        throw error
      }
      return kept
    })
  }

  #factsOf(set: FeatureSet): SetFacts {
    const known = this.#facts.get(set)
    if (known !== undefined) return known
    const isAcross = looksAcross(compilePlan(set))
    const facts = { isAcross, fingerprint: featureSetFingerprint(set) }
    this.#facts.set(set, facts)
    return facts
  }
}

/** Windows that members ask for by feature set; confirmations look at the newest row of `base`. */
function windowsOf({ members }: LoadedEnsemble): Map<string, Set<number>> {
  const windows = new Map([['base', new Set([1])]])
  for (const { manifest, fitted } of members) {
    const { name } = manifest.featureSet
    if (name === fileFeatures) continue
    const own = windows.get(name) ?? new Set()
    windows.set(name, own.add(fitted.window))
  }
  return windows
}

function joined(parts: readonly LatestFeatures[], window: number): LatestFeatures {
  const { features } = parts[0]!.matrix
  const width = window * features.length
  const X = new Float32Array(parts.length * width)
  parts.forEach((part, k) => X.set(part.matrix.X, k * width))
  return {
    matrix: { rows: parts.length * window, features, X },
    samples: Int32Array.from(parts, (part, k) =>
      part.samples[0]! < 0 ? -1 : part.samples[0]! + k * window,
    ),
    reasons: parts.map((part) => part.reasons[0]),
    time: Float64Array.from(parts, (part) => part.time[0]!),
  }
}
