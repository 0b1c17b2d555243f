import { windowParameter, type OperatorParams, type SeriesOperator } from '../../../operator.ts'

interface EntropyState {
  readonly window: number
  readonly required: number
  /** Scratch of one row, a count a bin. */
  readonly counts: Float64Array
}

/**
 * Shannon (1948) over `bins` bins of equal width from the smallest to the largest value of the window, the last bin closed
 * (numpy.histogram). All bins move with the extremes, so a row counts its window anew.
 */
export const entropy: SeriesOperator<EntropyState> = {
  name: 'Entropy',
  scope: 'series',
  memory: 'window',
  missing: 'skip',
  params: [
    { ...windowParameter, min: 2, default: 50 },
    { name: 'bins', integer: true, min: 2, max: 1024, default: 10 },
  ],
  arity: 1,
  doc: 'Shannon entropy of the last window values over bins of equal width between their extremes, as a share of the greatest possible, ln bins: 0 in one bin, 1 spread evenly; NaN where they do not vary.',
  minPeriods: () => 2,
  warmup: ([window]) => window! - 1,
  lookback: ([window]) => window! - 1,
  state: ([window, bins]: OperatorParams, { emitPartial }) => ({
    window: window!,
    required: emitPartial ? 2 : window!,
    counts: new Float64Array(bins!),
  }),
  advance({ window, required, counts }, [x], from, to, [out]) {
    const bins = counts.length
    const last = bins - 1
    const most = Math.log(bins)
    for (let i = from; i < to; i++) {
      const start = Math.max(0, i + 1 - window)
      let valid = 0
      let low = Infinity
      let high = -Infinity
      for (let j = start; j <= i; j++) {
        const value = x![j]!
        if (value !== value) continue
        valid++
        if (value < low) low = value
        if (value > high) high = value
      }
      out![i] = NaN
      const scale = bins / (high - low)
      if (valid < required || !(scale > 0 && scale < Infinity)) continue
      counts.fill(0)
      for (let j = start; j <= i; j++) {
        const value = x![j]!
        if (value === value) counts[Math.min(last, Math.floor((value - low) * scale))]!++
      }
      // −Σ p ln p = ln n − Σ c ln c / n
      let weighted = 0
      for (const held of counts) if (held > 1) weighted += held * Math.log(held)
      out![i] = (Math.log(valid) - weighted / valid) / most
    }
  },
}
