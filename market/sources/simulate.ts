/** A simulated panel as a source: data with a known answer, without a download. */
import type { Bars } from '../bars.ts'
import { simulationSchema } from '../simulate/options.ts'
import { simulatePanel } from '../simulate/panel.ts'
import { defineSource, type SeriesRows } from './source.ts'

export const simulateSource = defineSource({
  name: 'simulate',
  doc: 'a simulated panel with a planted signal of known strength (symbols, bars or to, strength, seed, timeframe, calendar)',
  options: simulationSchema,
  read: async function* (options) {
    const { instruments, bars } = simulatePanel(options)
    for (const [i, one] of bars.entries()) {
      const instrument = instruments[i]!
      const series = { source: 'simulate', instrument, timeframe: one.timeframe, rows: rowsOf(one) }
      yield await Promise.resolve({ series })
    }
  },
})

/** Bars as source rows, numbered from 1. */
export function rowsOf(bars: Bars): SeriesRows {
  const none = new Float64Array(bars.length).fill(NaN)
  const { vwap = none, trades = none } = bars.columns
  return {
    ...bars.columns,
    ...{ length: bars.length, closeTime: bars.time, vwap, trades },
    line: Int32Array.from({ length: bars.length }, (_, i) => i + 1),
  }
}
