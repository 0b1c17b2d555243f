/**
 * What a perfect model would reach on a simulated panel: the realised label against its true conditional expectation. A model
 * that comes near has learned the planted signal; one above it by more than chance has seen the future.
 */
import type { Bars } from '../bars.ts'
import { volumesNeeded } from './signal.ts'

export interface Attainable {
  /** Mean over moments of the cross-sectional Pearson correlation; NaN below three symbols. */
  readonly ic: number
  /** The same with ranks (Spearman). */
  readonly rankIc: number
  /** Pearson correlation over all rows. */
  readonly icPooled: number
  /** 1 − Σ(label − expectation)² / Σ(label − mean)². */
  readonly r2: number
  readonly rows: number
}

const labels = {
  'return:1': ({ columns: { close } }: Bars, row: number) => close[row + 1]! / close[row]! - 1,
  'return:1@open': ({ columns: { open } }: Bars, row: number) =>
    open[row + 2]! / open[row + 1]! - 1,
} as const

/** @param expectation Of each bar, of each symbol, as `simulatePanel` gives it; all symbols have the same bars. */
export function attainable(
  bars: readonly Bars[],
  expectation: readonly Float64Array[],
): Record<keyof typeof labels, Attainable> {
  return {
    'return:1': judge(bars, expectation, labels['return:1'], 1),
    'return:1@open': judge(bars, expectation, labels['return:1@open'], 2),
  }
}

function judge(
  bars: readonly Bars[],
  expectation: readonly Float64Array[],
  label: (bars: Bars, row: number) => number,
  ahead: number,
): Attainable {
  const moments = (bars[0]?.length ?? 0) - ahead
  const actual = new Float64Array(bars.length)
  const expected = new Float64Array(bars.length)
  const pooled = createCorrelation()
  const pearson: number[] = []
  const spearman: number[] = []
  let error = 0
  // Before that the signal is 0 for everyone.
  for (let row = volumesNeeded - 1; row < moments; row++) {
    for (const [i, one] of bars.entries()) {
      actual[i] = label(one, row)
      expected[i] = expectation[i]![row]!
      pooled.add(expected[i], actual[i])
      error += (actual[i] - expected[i]) ** 2
    }
    if (bars.length < 3) continue
    pearson.push(correlation(expected, actual))
    // Without any expectation (strength 0) its ranks would be those of the symbols' places.
    const told = expected.some((value) => value !== expected[0])
    spearman.push(told ? correlation(ranks(expected), ranks(actual)) : 0)
  }
  return {
    ic: mean(pearson),
    rankIc: mean(spearman),
    icPooled: pooled.value(),
    r2: 1 - error / pooled.spreadOfSecond(),
    rows: pooled.count(),
  }
}

interface Correlation {
  add(a: number, b: number): void
  /** 0 where either side is constant. */
  value(): number
  spreadOfSecond(): number
  count(): number
}

/** Pearson correlation by Welford's updates. */
function createCorrelation(): Correlation {
  let count = 0
  let meanA = 0
  let meanB = 0
  let spreadA = 0
  let spreadB = 0
  let together = 0
  return {
    add: (a, b) => {
      count++
      const deltaA = a - meanA
      const deltaB = b - meanB
      meanA += deltaA / count
      meanB += deltaB / count
      spreadA += deltaA * (a - meanA)
      spreadB += deltaB * (b - meanB)
      together += deltaA * (b - meanB)
    },
    value: () => (spreadA > 0 && spreadB > 0 ? together / Math.sqrt(spreadA * spreadB) : 0),
    spreadOfSecond: () => spreadB,
    count: () => count,
  }
}

function correlation(a: Float64Array, b: Float64Array): number {
  const both = createCorrelation()
  for (let i = 0; i < a.length; i++) both.add(a[i]!, b[i]!)
  return both.value()
}

/** Ranks of values that do not tie (continuous draws); equal values keep their order. */
function ranks(values: Float64Array): Float64Array {
  const order = Int32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!)
  const out = new Float64Array(values.length)
  for (let rank = 0; rank < order.length; rank++) out[order[rank]!] = rank
  return out
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length
}
