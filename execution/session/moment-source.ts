/**
 * Where a session's bars come from: the history before its first moment, for warm-up, then moment after moment. Opening at a
 * cursor gives the history up to and including it, so that a restart goes on with the next moment.
 */
import { QuorumError } from '../../core/errors.ts'
import { createPanel, sliceBars, type Bars, type BarStore } from '../../market/index.ts'

export interface Moment {
  readonly time: number
  /** One row of each symbol that has a bar at this moment, in the session's order of symbols. */
  readonly bars: readonly (Bars | undefined)[]
}

export interface OpenedSource {
  readonly history: readonly Bars[]
  /** Moments in all, where that is known. */
  readonly total: number | undefined
  /** First moment there is after the history; undefined for an empty source. */
  readonly firstMoment: number | undefined
  next(): Promise<Moment | undefined>
}

export interface MomentSource {
  open(cursor: number | undefined): Promise<OpenedSource>
}

/** Stored bars between two dates of the instruments' zone, both inclusive. @throws NO_ROWS where there are none. */
export function replaySource(
  store: BarStore,
  {
    symbols,
    timeframe,
    from,
    to,
  }: { symbols: readonly string[]; timeframe: string; from: string; to: string },
): MomentSource {
  return {
    async open(cursor) {
      const bars = await store.read({ symbols, timeframe, to })
      const wanted = await store.read({ symbols, timeframe, from, to })
      const first = Math.min(...wanted.map((frame) => frame.columns.knownAt[0] ?? Infinity))
      if (first === Infinity) {
        throw new QuorumError('NO_ROWS', {
          source: `${symbols.join(', ')} from ${from} to ${to}`,
          reason: 'the store holds no bar there',
        })
      }
      const panel = createPanel(bars)
      const start =
        cursor === undefined
          ? panel.moments.indexOf(first)
          : panel.moments.findIndex((at) => at > cursor)
      let at = start === -1 ? panel.moments.length : start
      const history = bars.map((frame, s) =>
        sliceBars(frame, 0, firstRowAt(panel.rowAt[s]!, at, frame.length)),
      )
      return {
        history,
        total: panel.moments.length - panel.moments.indexOf(first),
        firstMoment: panel.moments[at],
        next() {
          if (at >= panel.moments.length) return Promise.resolve(undefined)
          const moment = at++
          return Promise.resolve({
            time: panel.moments[moment]!,
            bars: bars.map((frame, s) => {
              const row = panel.rowAt[s]![moment]!
              return row === -1 ? undefined : sliceBars(frame, row, row + 1)
            }),
          })
        },
      }
    },
  }
}

/** Row of the first bar at or after a moment. */
function firstRowAt(rowAt: Int32Array, moment: number, length: number): number {
  for (let k = moment; k < rowAt.length; k++) if (rowAt[k] !== -1) return rowAt[k]!
  return length
}
