/**
 * Builds oscillators of Wilder's averages of gains and losses ("New Concepts in Technical Trading Systems", 1978): the first is
 * the mean of the first `window` changes, then average ← average + (change − average) / window; TA-Lib RSI and CMO.
 */
import type { SeriesOperator } from '../../../operator.ts'
import { recursiveKernel } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'
import { settlingRows } from '../stages/settling.ts'

interface ChangeOscillatorDefinition {
  readonly name: string
  readonly doc: string
  /** 100 (gain + lossWeight · loss) / (gain + loss). */
  readonly lossWeight: number
  /** The value where nothing moved. */
  readonly still: number
}

export function changeOscillator({
  lossWeight,
  still,
  ...named
}: ChangeOscillatorDefinition): SeriesOperator<Float64Array> {
  return recursiveKernel({
    ...named,
    inputs: ['x'],
    params: [windowOf(14, { min: 2 })],
    reads: 1,
    before: ([window]) => window!,
    settles: ([window]) => settlingRows(1 / window!, 1),
    kernel: 'changeOscillator',
    state: ([window]) => [window!, 1 / window!, lossWeight, still, 0, 0, 0],
  })
}
