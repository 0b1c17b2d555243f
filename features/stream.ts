/**
 * FeatureStream: the features of a set, kept up to date bar by bar. It starts from stored history and then takes one moment
 * at a time; `latest` gives the windows a model predicts from. Serving and the trading engine use it, training the batch:
 * both run `FeatureEvaluation`, so the values are the same bits.
 */
import type { Frame } from '../core/frame.ts'
import type { FeatureMatrix } from './dataset.ts'
import { barRows } from './dataset-builder.ts'
import { FeatureEvaluation } from './evaluation.ts'
import type { FeatureSet } from './feature-set.ts'
import { compilePlan, type Plan } from './plan.ts'

export interface LatestFeatures {
  readonly matrix: FeatureMatrix
  /** Row at which each symbol's window ends; −1 where it cannot be predicted, with the reason. */
  readonly samples: Int32Array
  readonly reasons: readonly (string | undefined)[]
  /** Decision moment of each symbol's newest row. */
  readonly time: Float64Array
}

export class FeatureStream {
  readonly plan: Plan
  readonly symbols: readonly string[]
  readonly #evaluation: FeatureEvaluation
  readonly #maxWindow: number

  constructor(
    set: FeatureSet,
    symbols: readonly string[],
    groups: Int32Array,
    { maxWindow = 256 } = {},
  ) {
    this.plan = compilePlan(set)
    this.symbols = symbols
    this.#evaluation = new FeatureEvaluation(this.plan, groups)
    this.#maxWindow = maxWindow
  }

  /** Appends bars of each symbol (undefined = none at this moment); moments must arrive whole and in order. */
  append(bars: readonly (Frame | undefined)[]): void {
    this.#evaluation.append(
      bars.map((frame) => (frame === undefined ? undefined : barRows(this.plan, frame))),
    )
    this.#evaluation.compact(this.#maxWindow)
  }

  /** Rows a symbol has seen in all. */
  seen(symbol: number): number {
    return this.#evaluation.seen(symbol)
  }

  /** The newest `window` rows of the given symbols. */
  latest(symbols: readonly number[], window: number): LatestFeatures {
    const width = this.plan.names.length
    const rows = symbols.length * window
    const X = new Float32Array(rows * width).fill(NaN)
    const samples = new Int32Array(symbols.length).fill(-1)
    const time = new Float64Array(symbols.length).fill(NaN)
    const reasons = symbols.map((symbol, s) => {
      const length = this.#evaluation.length(symbol)
      if (length > 0) time[s] = this.#evaluation.time(symbol)[length - 1]!
      const needed = this.plan.warmup + window
      const seen = this.seen(symbol)
      if (seen < needed) return `needs ${needed} bars, has ${seen}`
      for (let k = 0; k < width; k++) {
        const column = this.#evaluation.feature(symbol, k)
        for (let i = 0; i < window; i++)
          X[(s * window + i) * width + k] = column[length - window + i]!
      }
      samples[s] = s * window + window - 1
      return undefined
    })
    return { matrix: { rows, features: this.plan.names, X }, samples, reasons, time }
  }
}
