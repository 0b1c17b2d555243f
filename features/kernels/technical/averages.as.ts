/**
 * Exponential means, seeded as TA-Lib seeds them. A mean moves by y ← y + α (x − y), so that a constant series gives its level to the bit.
 */
import { column, finite, row } from '../columns.as'
import { known, lower, pairOf, upper } from './shared.as'

/** State: window, α, values taken in, mean. */
export function exponentialMean(state: usize, args: usize, from: i32, to: i32): void {
  const window = load<f64>(state)
  const alpha = load<f64>(state, 8)
  let seen = load<f64>(state, 16)
  let mean = load<f64>(state, 24)
  const x = column(args, 0)
  const out = column(args, 1)
  let i = from
  for (; i < to && seen < window; i++) {
    const value = load<f64>(row(x, i))
    if (known(value)) {
      seen++
      mean += (value - mean) / seen
    }
    store<f64>(row(out, i), known(value) && seen == window ? finite(mean) : NaN)
  }
  for (; i < to; i++) {
    const value = load<f64>(row(x, i))
    if (known(value)) {
      mean += alpha * (value - mean)
      store<f64>(row(out, i), finite(mean))
    } else store<f64>(row(out, i), NaN)
  }
  store<f64>(state, seen, 16)
  store<f64>(state, mean, 24)
}

/** State: fast, slow and signal window; their weights α; values taken in; fast, slow and signal mean. */
export function convergence(state: usize, args: usize, from: i32, to: i32): void {
  const fastWindow = load<f64>(state)
  const slowWindow = load<f64>(state, 8)
  const signalWindow = load<f64>(state, 16)
  const weights = v128.load(state, 24)
  const signalWeight = load<f64>(state, 40)
  let seen = load<f64>(state, 48)
  /** (fast, slow) */
  let means = v128.load(state, 56)
  let signal = load<f64>(state, 72)
  const x = column(args, 0)
  const macdOut = column(args, 1)
  const signalOut = column(args, 2)
  const histogramOut = column(args, 3)
  const enough = slowWindow + signalWindow - 1
  let i = from
  for (; i < to && seen < enough; i++) {
    const value = load<f64>(row(x, i))
    if (known(value)) {
      seen++
      if (seen <= slowWindow) {
        const late = seen > slowWindow - fastWindow
        means = f64x2.add(means, pairOf(late ? value / fastWindow : 0, value / slowWindow))
      } else means = f64x2.add(means, f64x2.mul(weights, f64x2.sub(f64x2.splat(value), means)))
      if (seen >= slowWindow) signal += (lower(means) - upper(means)) / signalWindow
    }
    const ready = known(value) && seen == enough
    const line = lower(means) - upper(means)
    store<f64>(row(macdOut, i), ready ? finite(line) : NaN)
    store<f64>(row(signalOut, i), ready ? finite(signal) : NaN)
    store<f64>(row(histogramOut, i), ready ? finite(line - signal) : NaN)
  }
  for (; i < to; i++) {
    const value = load<f64>(row(x, i))
    if (known(value)) {
      means = f64x2.add(means, f64x2.mul(weights, f64x2.sub(f64x2.splat(value), means)))
      const line = lower(means) - upper(means)
      signal += signalWeight * (line - signal)
      store<f64>(row(macdOut, i), finite(line))
      store<f64>(row(signalOut, i), finite(signal))
      store<f64>(row(histogramOut, i), finite(line - signal))
    } else {
      store<f64>(row(macdOut, i), NaN)
      store<f64>(row(signalOut, i), NaN)
      store<f64>(row(histogramOut, i), NaN)
    }
  }
  store<f64>(state, seen, 48)
  v128.store(state, means, 56)
  store<f64>(state, signal, 72)
}
