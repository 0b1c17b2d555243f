/** Rows counted by the bins of a reference: how drift is measured over any of them. */
import { lowerBound } from '../../core/frame.ts'
import { measureDrift, type DriftLimits, type FeatureDrift } from './drift.ts'
import type { Reference } from './reference.ts'

export class BinCounts {
  readonly #reference: Reference
  /** A feature's counts, those without a value last. */
  readonly #counts: readonly Uint32Array[]

  constructor(reference: Reference) {
    this.#reference = reference
    this.#counts = reference.columns.map(({ counts }) => new Uint32Array(counts.length + 1))
  }

  /** Counts a value of a feature (its index) and answers its bin; NaN and ±Infinity are missing, the bin after the last. */
  add(feature: number, x: number): number {
    const { edges } = this.#reference.columns[feature]!
    const bin = Number.isFinite(x) ? lowerBound(edges, x) : edges.length + 1
    this.#counts[feature]![bin]!++
    return bin
  }

  /** Takes back one value that was counted in this bin. */
  remove(feature: number, bin: number): void {
    this.#counts[feature]![bin]!--
  }

  /** Every feature, in the order of the reference. */
  measure(limits: DriftLimits): FeatureDrift[] {
    const { features, columns } = this.#reference
    return features.map((feature, k) => {
      const counts = this.#counts[k]!
      const bins = counts.length - 1
      return measureDrift(
        feature,
        columns[k]!,
        { counts: counts.subarray(0, bins), missing: counts[bins]! },
        { features: features.length, limits },
      )
    })
  }
}
