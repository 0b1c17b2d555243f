/**
 * A feature stream that follows the bar store. Bars added after those it has seen are appended; where one of these has another
 * value or came late, it is built anew from the first stored bar. Either way its values are the bits of a stream built from
 * what is stored.
 */
import { QuorumError } from '../../core/errors.ts'
import { FeatureStream, type FeatureSet, type LatestFeatures } from '../../features/index.ts'
import { groupCodes, sliceBars, type Bars, type BarStore } from '../../market/index.ts'

export interface StreamSpec {
  readonly set: FeatureSet
  /** Whether the set looks across symbols. */
  readonly isAcross: boolean
  readonly timeframe: string
  /** In the order of the stream. */
  readonly symbols: readonly string[]
}

interface Seen {
  readonly stream: FeatureStream
  /** Rows of features kept. */
  readonly window: number
  readonly groups: Int32Array
  /** Of each symbol: its coverage's sequence before its bars were read, and openTime of the last of them. */
  readonly sequences: readonly number[]
  readonly last: readonly number[]
}

export class KeptStream {
  readonly spec: StreamSpec
  readonly #bars: BarStore
  #seen: Seen | undefined
  #turn: Promise<void> = Promise.resolve()

  constructor(spec: StreamSpec, bars: BarStore) {
    this.spec = spec
    this.#bars = bars
  }

  /**
   * Brings the stream up to what is stored, with `window` rows of features kept at least. Calls take turns, so that no bar is
   * appended twice.
   * @throws UNKNOWN_NAME for a symbol without bars
   */
  catchUp(window: number): Promise<void> {
    const turn = this.#turn.then(() => this.#catchUp(window))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** The newest `window` rows of a symbol. @throws NOT_READY where appending failed */
  latest(symbol: string, window: number): LatestFeatures {
    const { set, symbols } = this.spec
    if (this.#seen === undefined) {
      const subject = `the feature set ${set.name} of ${symbol}`
      throw new QuorumError('NOT_READY', { subject, reason: 'its newest bars could not be added' })
    }
    return this.#seen.stream.latest([symbols.indexOf(symbol)], window)
  }

  async #catchUp(wanted: number): Promise<void> {
    const { set, symbols, timeframe } = this.spec
    const seen = this.#seen
    const groups = await this.#groups()
    const sequences = await Promise.all(symbols.map((symbol) => this.#sequence(symbol)))
    const isKept = seen !== undefined && wanted <= seen.window
    const added = isKept ? await this.#added(seen, sequences, groups) : undefined
    const bars = added ?? (await this.#bars.read({ symbols, timeframe }))
    const window = Math.max(wanted, seen?.window ?? 0)
    const stream =
      added === undefined
        ? new FeatureStream(set, symbols, groups, { maxWindow: window })
        : seen!.stream
    // What fails half-way is never served.
    this.#seen = undefined
    stream.append(bars)
    const last = bars.map((one, k) => one?.columns.openTime.at(-1) ?? seen!.last[k]!)
    this.#seen = { stream, window, groups, sequences, last }
  }

  /** Bars that the stream has not seen; undefined where what is stored is not what it has seen and then these. */
  async #added(
    seen: Seen,
    sequences: readonly number[],
    groups: Int32Array,
  ): Promise<(Bars | undefined)[] | undefined> {
    if (seen.groups.some((group, k) => group !== groups[k])) return undefined
    const added = await Promise.all(
      sequences.map(async (sequence, k) =>
        sequence === seen.sequences[k] ? undefined : this.#addedTo(seen, k),
      ),
    )
    if (added.includes('corrected')) return undefined
    const bars = added.filter((one) => one !== 'corrected')
    // A moment that other symbols were seen without this one is another moment with it.
    const newest = Math.max(...bars.map((_, k) => seen.stream.newest(k)))
    const isLate = bars.some((one) => (one?.columns.knownAt[0] ?? Infinity) <= newest)
    return this.spec.isAcross && isLate ? undefined : bars
  }

  /** Bars after the last one of a symbol, or that this one or one before it is another now. */
  async #addedTo({ stream, sequences, last }: Seen, k: number): Promise<Bars | 'corrected'> {
    const { symbols, timeframe } = this.spec
    const [symbol, from] = [symbols[k]!, last[k]!]
    const [bars] = await this.#bars.read({ symbols: [symbol], timeframe, from })
    // Asked after the read, so that it tells of all that the read could see.
    const changed = await this.#bars.changedSince(symbol, timeframe, sequences[k]!)
    const { openTime, knownAt } = bars!.columns
    const isNext = changed > from && openTime[0] === from && knownAt[0] === stream.newest(k)
    return isNext ? sliceBars(bars!, 1, bars!.length) : 'corrected'
  }

  /** 0 for a symbol without bars. */
  async #sequence(symbol: string): Promise<number> {
    const coverage = await this.#bars.coverage(symbol)
    return coverage.find(({ timeframe }) => timeframe === this.spec.timeframe)?.sequence ?? 0
  }

  /** A set that looks at one symbol has no use for its group. */
  async #groups(): Promise<Int32Array> {
    const { symbols, isAcross } = this.spec
    if (!isAcross) return new Int32Array(symbols.length)
    return groupCodes(await Promise.all(symbols.map((symbol) => this.#bars.instrument(symbol))))
  }
}
