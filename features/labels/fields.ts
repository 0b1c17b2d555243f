/** Fields that several kinds of label have. */

/** Bars from the entry to the end. */
export const horizonField = {
  name: 'horizon',
  symbol: 'H',
  integer: true,
  min: 1,
  max: 99_999,
} as const

/** Span of the volatility known at the decision, in bars; the default is a month of daily bars. */
export const volatilityField = {
  name: 'volatilityBars',
  symbol: 'W',
  integer: true,
  min: 2,
  max: 99_999,
  default: 20,
} as const

/** Distance of a barrier in volatilities of one bar; 0 leaves the barrier out. */
export const upField = { name: 'up', symbol: 'UP', integer: false, min: 0, max: 1_000 } as const
export const downField = {
  name: 'down',
  symbol: 'DOWN',
  integer: false,
  min: 0,
  max: 1_000,
} as const

/** What a pair of barriers must be. */
export function barrierFault({
  up,
  down,
}: {
  readonly up: number
  readonly down: number
}): string | undefined {
  return up > 0 || down > 0 ? undefined : 'UP or DOWN above 0'
}
