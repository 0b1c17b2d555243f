/**
 * The newest served rows of one model, as the bin of every value: a row that comes in and the one that leaves change two
 * counts a feature, so an update costs the same however long the window is.
 */
import { check, checkInteger } from '../../core/checks.ts'
import { BinCounts } from './bin-counts.ts'
import {
  defaultDriftLimits,
  type DriftLimits,
  type DriftState,
  type FeatureDrift,
} from './drift.ts'
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
  readonly #counts: BinCounts
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
    this.#counts = new BinCounts(reference)
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
      if (isFull) this.#counts.remove(k, this.#bins[start + k]!)
      this.#bins[start + k] = this.#counts.add(k, values[k]!)
    }
    this.#next = (this.#next + 1) % this.#windowRows
    if (!isFull) this.#rows++
  }

  /** Every feature as it stands; empty before the window is full. */
  measure(): FeatureDrift[] {
    return this.isFull ? this.#counts.measure(this.#limits) : []
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
