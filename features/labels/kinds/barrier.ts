/** Triple barrier: which barrier a long position entered at the next open meets first. */
import { barVolatility } from '../bar-volatility.ts'
import { barrierExits, type BarrierExits } from '../barrier-exits.ts'
import { barrierFault, downField, horizonField, upField, volatilityField } from '../fields.ts'
import { seriesLabel } from '../label.ts'
import type { Frame } from '../../../core/frame.ts'

interface BarrierSpec {
  readonly horizon: number
  readonly up: number
  readonly down: number
  readonly volatilityBars: number
}

const shared = {
  fields: [horizonField, upField, downField, volatilityField],
  entry: 'open',
  known: 'close of the bar that touched; without a touch close of bar t+H',
  directional: true,
  horizon: ({ horizon }: BarrierSpec) => horizon,
  barsAhead: ({ horizon }: BarrierSpec) => horizon,
  barsBefore: ({ volatilityBars }: BarrierSpec) => volatilityBars,
  fault: barrierFault,
} as const

export const barrier = seriesLabel({
  ...{ name: 'barrier', example: 'barrier:10:2:2' },
  ...shared,
  doc: '1 where open[t+1]·(1 + UP·σ) is met first by the bars t+1 … t+H, −1 where open[t+1]·(1 − DOWN·σ) is, 0 where neither is; σ the volatility of one bar known at t over W bars (default 20); UP or DOWN 0 is off. NaN where σ is unknown or 0.',
  columns(bars, spec) {
    const { touch, labelEnd } = exits(bars, spec)
    return { y: touch, labelEnd }
  },
})

export const barrierReturn = seriesLabel({
  ...{ name: 'barrier-return', example: 'barrier-return:10:2:2' },
  ...shared,
  doc: 'exit / open[t+1] − 1 of the same position: the exit is the barrier, the open of a bar that opens beyond it, or close[t+H].',
  columns(bars, spec) {
    const { earned, labelEnd } = exits(bars, spec)
    return { y: earned, labelEnd }
  },
})

function exits(bars: Frame, { horizon, up, down, volatilityBars }: BarrierSpec): BarrierExits {
  return barrierExits(bars, { horizon, up, down, volatility: barVolatility(bars, volatilityBars) })
}
