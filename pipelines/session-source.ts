/** The bars that a session's spec names: stored ones replayed, or a simulated market that goes on for ever. */
import { invalid } from '../core/checks.ts'
import { replaySource, type MomentSource, type SessionSpec } from '../execution/index.ts'
import {
  barsOfMoment,
  concatBars,
  createSimulatedFeed,
  simulatePanel,
  type Bars,
  type BarStore,
  type SimulatedFeed,
  type SimulationOptions,
} from '../market/index.ts'

export function sessionSource(
  store: BarStore,
  { source, symbols, timeframe }: SessionSpec,
): MomentSource {
  if (source.type === 'simulate') return simulatedSource(source.options, symbols)
  const { from, to } = source.options as { from: string; to: string }
  return replaySource(store, { symbols, timeframe, from, to })
}

/**
 * A simulated market from the end of its history (`bars`) on. Nothing of it is stored: the same options give the same bars, so
 * a restart simulates up to its cursor again.
 */
function simulatedSource(options: SimulationOptions, symbols: readonly string[]): MomentSource {
  return {
    open(cursor) {
      const feed = createSimulatedFeed(options)
      const unknown = symbols.find((symbol) => !feed.symbols.includes(symbol))
      if (unknown !== undefined)
        throw invalid('symbols', `among ${feed.symbols.length} simulated ones`, unknown)
      const order = symbols.map((symbol) => feed.symbols.indexOf(symbol))
      const history = simulatePanel(options)
      for (let k = 0; k < history.bars[0]!.length; k++) feed.next()
      const past = order.map((s): Bars[] => [history.bars[s]!])
      const until = cursor ?? -Infinity
      let ahead = momentOf(feed)
      while (ahead.time <= until) {
        order.forEach((s, k) => past[k]!.push(ahead.bars[s]!))
        ahead = momentOf(feed)
      }
      return Promise.resolve({
        history: past.map((parts) => concatBars(parts as [Bars, ...Bars[]])),
        total: undefined,
        firstMoment: ahead.time,
        next() {
          const { time, bars } = ahead
          ahead = momentOf(feed)
          return Promise.resolve({ time, bars: order.map((s) => bars[s]!) })
        },
      })
    },
  }
}

function momentOf(feed: SimulatedFeed): { time: number; bars: Bars[] } {
  const moment = feed.next()
  return { time: moment.knownAt, bars: barsOfMoment(feed, moment) }
}
