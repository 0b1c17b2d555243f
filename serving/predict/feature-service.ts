/**
 * The server's features: one stream a (feature set, timeframe, symbols), caught up with the bar store whenever it has
 * changed. A stream starts from the first stored bar, as training does, so its values are the same bits.
 */
import { check } from '../../core/checks.ts'
import type { Clock } from '../../core/clock.ts'
import {
  compilePlan,
  FeatureStream,
  fileFeatures,
  findFeatureSet,
  looksAcross,
  type LatestFeatures,
  type VectorLog,
} from '../../features/index.ts'
import { groupCodes, type BarStore } from '../../market/index.ts'
import type { FeatureSource, LoadedEnsemble } from '../../models/index.ts'
import { Recent } from './recent.ts'

/** Longest window a model may want from the server. */
const maxWindow = 512
const capacity = 256

interface Cached {
  readonly state: string
  readonly stream: Promise<FeatureStream>
}

export class FeatureService {
  readonly #bars: BarStore
  readonly #clock: Clock
  readonly #log: VectorLog | undefined
  readonly #streams = new Map<string, Cached>()
  readonly #recent: Recent<FeatureStream>

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
    const sets = new Set([
      'base',
      ...ensemble.members.map((member) => member.manifest.featureSet.name),
    ])
    const streams = new Map<string, FeatureStream[]>()
    for (const set of sets) {
      if (set === fileFeatures) continue
      const perSymbol = symbols.map((symbol) =>
        this.#recent.get(JSON.stringify([set, ensemble.artifact, symbol]), () =>
          this.#stream(set, ensemble, symbol),
        ),
      )
      streams.set(set, await Promise.all(perSymbol))
    }
    const { timeframe } = ensemble
    return (set, window, asked) => {
      const parts = asked.map((symbol) => {
        const stream = streams.get(set)![symbols.indexOf(symbol)]!
        const part = stream.latest([stream.symbols.indexOf(symbol)], window)
        this.#logVector(part, stream, { set, symbol, timeframe })
        return part
      })
      return joined(parts, window)
    }
  }

  #logVector(
    { matrix, samples, time }: LatestFeatures,
    { symbols: universe, fingerprint }: FeatureStream,
    { set, symbol, timeframe }: { set: string; symbol: string; timeframe: string },
  ): void {
    const row = samples[0]!
    if (this.#log === undefined || row < 0) return
    const { features, X } = matrix
    const values = X.subarray(row * features.length, (row + 1) * features.length)
    const key = { symbol, universe, timeframe, set, fingerprint, features }
    const identity = `${fingerprint}/${timeframe}/${symbol}/${universe.length}`
    this.#log.append(identity, { key, servedAt: this.#clock.now(), time: time[0]!, values })
  }

  /** A set that looks across symbols is evaluated over all symbols of the ensemble, any other over the one asked for. */
  async #stream(set: string, ensemble: LoadedEnsemble, symbol: string): Promise<FeatureStream> {
    const across = looksAcross(compilePlan(findFeatureSet(set)))
    const symbols = across ? [...new Set([...ensemble.symbols, symbol])] : [symbol]
    const { timeframe } = ensemble
    const coverage = (await Promise.all(symbols.map((one) => this.#bars.coverage(one)))).flat()
    const state = coverage.map(({ sequence }) => sequence).join()
    const key = `${set}/${timeframe}/${symbols.join()}`
    const cached = this.#streams.get(key)
    if (cached?.state === state) return cached.stream
    const stream = this.#build(set, timeframe, symbols)
    this.#streams.delete(key)
    this.#streams.set(key, { state, stream })
    stream.catch(() => this.#streams.delete(key))
    if (this.#streams.size > capacity) this.#streams.delete(this.#streams.keys().next().value!)
    return stream
  }

  async #build(set: string, timeframe: string, symbols: readonly string[]): Promise<FeatureStream> {
    const bars = await this.#bars.read({ symbols, timeframe })
    const instruments = await Promise.all(symbols.map((symbol) => this.#bars.instrument(symbol)))
    const groups = groupCodes(instruments)
    const stream = new FeatureStream(findFeatureSet(set), symbols, groups, { maxWindow })
    stream.append(bars)
    return stream
  }
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
