/** Two figures of an equity curve. */

/**
 * Greatest fall from an earlier peak, as a share of that peak: 0 for a curve that never falls, 0.25 for 100 → 75.
 * Equity must be positive until it is lost; a fall to 0 or below is 1 or more.
 */
export function maxDrawdown(equity: Float64Array): number {
  let peak = -Infinity
  let worst = 0
  for (const value of equity) {
    peak = Math.max(peak, value)
    if (peak > 0) worst = Math.max(worst, 1 - value / peak)
  }
  return worst
}

/**
 * Mean over sample deviation of per-period returns, times √periodsPerYear; the risk-free rate is taken as 0.
 * Null for fewer than 2 returns or returns without variation.
 */
export function sharpe(returns: Float64Array, periodsPerYear: number): number | null {
  const n = returns.length
  if (n < 2) return null
  const mean = returns.reduce((sum, value) => sum + value, 0) / n
  const variance = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  const deviation = Math.sqrt(variance)
  if (!(deviation > Math.abs(mean) * 1e-12)) return null
  return (mean / deviation) * Math.sqrt(periodsPerYear)
}
