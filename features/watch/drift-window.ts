/**
 * The newest served rows of one model, as the bin of every value: a row that comes in and the one that leaves change two
 * counts a feature, so an update costs the same however long the window is.
 */
import { check, checkInteger } from '../../core/checks.ts'
import { binIndex } from './bins.ts'
import { defaultDriftLimits, measureDrift, type DriftLimits, type FeatureDrift } from './drift.ts'
import type { DriftState } from './drift.ts'
import type { Reference } from './reference.ts'

export interface DriftChange extends FeatureDrift {
  readonly before: DriftState
}

export interface DriftWindowOptions {
  /** Rows kept. Nothing is judged before there are so many: a short histogram is far from every other. */
  readonly windowRows?: number
  readonly limits?: DriftLimits
}

const defaultWindowRows = 500

export class DriftWindow {
  readonly #reference: Reference
  readonly #limits: DriftLimits
  readonly #windowRows: number
  /** `[windowRows, features]`, the bin of each value; the bin after the last is "missing". */
  readonly #bins: Uint8Array
  /** A feature's counts, the missing ones last. */
  readonly #counts: readonly Uint32Array[]
  readonly #states: DriftState[]
  #rows = 0
  #next = 0

  constructor(
    reference: Reference,
    { windowRows = defaultWindowRows, limits = defaultDriftLimits }: DriftWindowOptions = {},
  ) {
    checkInteger('windowRows', windowRows, { min: 1 })
    this.#reference = reference
    this.#limits = limits
    this.#windowRows = windowRows
    this.#bins = new Uint8Array(windowRows * reference.features.length)
    this.#counts = reference.columns.map(({ counts }) => new Uint32Array(counts.length + 1))
    this.#states = reference.features.map(() => 'ok')
  }

  get rows(): number {
    return this.#rows
  }

  get isFull(): boolean {
    return this.#rows === this.#windowRows
  }

  /** `values`: one row in the reference's order of features; NaN and ±Infinity are missing. */
  push(values: Float32Array): void {
    const { columns } = this.#reference
    check(values.length === columns.length, 'values', `${columns.length} numbers`, values.length)
    const start = this.#next * columns.length
    const isFull = this.isFull
    for (let k = 0; k < columns.length; k++) {
      const { edges } = columns[k]!
      const counts = this.#counts[k]!
      const x = values[k]!
      const bin = Number.isFinite(x) ? binIndex(edges, x) : edges.length + 1
      if (isFull) counts[this.#bins[start + k]!]!--
      counts[bin]!++
      this.#bins[start + k] = bin
    }
    this.#next = (this.#next + 1) % this.#windowRows
    if (!isFull) this.#rows++
  }

  /** Every feature as it stands; empty before the window is full. */
  measure(): FeatureDrift[] {
    if (!this.isFull) return []
    const { features, columns } = this.#reference
    return features.map((feature, k) => {
      const counts = this.#counts[k]!
      const bins = counts.length - 1
      return measureDrift(
        feature,
        columns[k]!,
        { counts: counts.subarray(0, bins), missing: counts[bins]! },
        { features: features.length, limits: this.#limits },
      )
    })
  }

  /** Features whose state is another than at the call before, each told once a change. */
  changes(measured: readonly FeatureDrift[] = this.measure()): DriftChange[] {
    return measured.flatMap((drift, k) => {
      const before = this.#states[k]!
      this.#states[k] = drift.state
      return drift.state === before ? [] : [{ ...drift, before }]
    })
  }
}
