/**
 * FeatureStream: the features of a set, kept up to date bar by bar. It starts from stored history and then takes one moment
 * at a time; `latest` gives the windows a model predicts from. Serving and the trading engine use it, training the batch:
 * both run `FeatureEvaluation`, so the values are the same bits.
 */
import { check, checkInteger } from '../core/checks.ts'
import type { Frame } from '../core/frame.ts'
import type { FeatureMatrix } from './dataset.ts'
import { barRows } from './dataset-builder.ts'
import { FeatureEvaluation, type Block } from './evaluation.ts'
import { featureSetFingerprint, type FeatureSet } from './feature-set.ts'
import { compilePlan, type Plan } from './plan.ts'
import { StateReader, StateWriter } from './snapshot.ts'

export interface LatestFeatures {
  readonly matrix: FeatureMatrix
  /** Row at which each symbol's window ends; −1 where it cannot be predicted, with the reason. */
  readonly samples: Int32Array
  readonly reasons: readonly (string | undefined)[]
  /** Decision moment of each symbol's newest row. */
  readonly time: Float64Array
}

export interface FeatureStreamOptions {
  /** Rows of features kept a symbol: the longest window that `latest` is asked for. */
  readonly maxWindow?: number
}

const formatVersion = 2

export class FeatureStream {
  readonly plan: Plan
  readonly symbols: readonly string[]
  /** Of the set, as it was when the stream began. */
  readonly fingerprint: string
  readonly #set: FeatureSet
  readonly #evaluation: FeatureEvaluation
  readonly #maxWindow: number
  /** float32 `[maxWindow, features]` a symbol; row `seen % maxWindow` is the oldest. */
  readonly #rings: readonly Float32Array[]
  readonly #width: number

  constructor(
    set: FeatureSet,
    symbols: readonly string[],
    groups: Int32Array,
    { maxWindow = 256 }: FeatureStreamOptions = {},
  ) {
    checkInteger('maxWindow', maxWindow, { min: 1 })
    this.plan = compilePlan(set)
    this.symbols = symbols
    this.fingerprint = featureSetFingerprint(set)
    this.#set = set
    this.#evaluation = new FeatureEvaluation(this.plan, groups, { chunkRows: 32 })
    this.#maxWindow = maxWindow
    this.#width = this.plan.names.length
    this.#rings = symbols.map(() => new Float32Array(maxWindow * this.#width).fill(NaN))
  }

  /**
   * Appends bars of each symbol (undefined = none at this moment); moments must arrive whole and in order.
   * @throws INVALID_VALUE for a bar that is not later than the newest: replay a corrected history with `replay`.
   */
  append(bars: readonly (Frame | undefined)[]): void {
    const rows = bars.map((frame) => (frame === undefined ? undefined : barRows(this.plan, frame)))
    this.#evaluation.append(rows, this.#keep)
  }

  /** A stream that has seen these bars instead: what a late or corrected bar asks for. */
  replay(bars: readonly (Frame | undefined)[], groups: Int32Array): FeatureStream {
    const fresh = new FeatureStream(this.#set, this.symbols, groups, { maxWindow: this.#maxWindow })
    fresh.append(bars)
    return fresh
  }

  /** Rows a symbol has seen in all. */
  seen(symbol: number): number {
    return this.#evaluation.seen(symbol)
  }

  /** Decision moment of a symbol's newest row; NaN before the first: bars after it are still to be appended. */
  newest(symbol: number): number {
    return this.#evaluation.newest(symbol)
  }

  /** The newest `window` rows of the given symbols. */
  latest(symbols: readonly number[], window: number): LatestFeatures {
    check(window <= this.#maxWindow, 'window', `at most ${this.#maxWindow} rows`, window)
    const width = this.#width
    const rows = symbols.length * window
    const X = new Float32Array(rows * width).fill(NaN)
    const samples = new Int32Array(symbols.length).fill(-1)
    const time = Float64Array.from(symbols, (symbol) => this.newest(symbol))
    const reasons = symbols.map((symbol, s) => {
      const needed = this.plan.warmup + window
      const seen = this.seen(symbol)
      if (seen < needed) return `needs ${needed} bars, has ${seen}`
      for (let i = 0; i < window; i++) {
        const place = ((seen - window + i) % this.#maxWindow) * width
        X.set(this.#rings[symbol]!.subarray(place, place + width), (s * window + i) * width)
      }
      samples[s] = s * window + window - 1
      return undefined
    })
    return { matrix: { rows, features: this.plan.names, X }, samples, reasons, time }
  }

  /**
   * Everything that further rows depend on, in a versioned binary form: `QFS`, version, fingerprint of the set, numbers of
   * symbols, window and state. `restore` in another process goes on to the same bits.
   */
  snapshot(): Uint8Array {
    const writer = new StateWriter()
    writer.put(Float64Array.of(this.symbols.length, this.#maxWindow))
    this.symbols.forEach((_, symbol) => {
      writer.put(this.#evaluation.stateOf(symbol).data)
      writer.put(this.#rings[symbol])
    })
    return Buffer.concat([this.#header(), writer.bytes()])
  }

  /** @throws INVALID_VALUE where the snapshot is of another version, set, or number of symbols; the stream is as it was then. */
  restore(bytes: Uint8Array): void {
    const header = this.#header()
    check(
      Buffer.from(bytes.subarray(0, header.length)).equals(header),
      'snapshot of features',
      `of version ${formatVersion} and set ${this.#set.name} as it is now`,
      `${bytes.byteLength} bytes of something else`,
      'Start from the stored bars instead.',
    )
    const reader = new StateReader(bytes.subarray(header.length))
    const shape = reader.take(new Float64Array(2)) as Float64Array
    check(
      shape[0] === this.symbols.length,
      'symbols of the snapshot',
      `${this.symbols.length}`,
      shape[0],
    )
    check(shape[1] === this.#maxWindow, 'window of the snapshot', `${this.#maxWindow}`, shape[1])
    this.symbols.forEach((_, symbol) => {
      const state = this.#evaluation.stateOf(symbol)
      reader.take(state.data)
      state.load()
      reader.take(this.#rings[symbol])
    })
    reader.end()
  }

  #header(): Buffer {
    const fingerprint = Buffer.from(this.fingerprint, 'hex')
    return Buffer.concat([
      Buffer.from('QFS'),
      Buffer.of(formatVersion),
      fingerprint,
      Buffer.alloc(4),
    ])
  }

  readonly #keep = ({ symbol, features, columns, offset, row, count }: Block): void => {
    const ring = this.#rings[symbol]!
    const width = this.#width
    for (let j = Math.max(0, count - this.#maxWindow); j < count; j++) {
      const place = ((row + j) % this.#maxWindow) * width
      for (let k = 0; k < columns.length; k++) ring[place + features[k]!] = columns[k]![offset + j]!
    }
  }
}
