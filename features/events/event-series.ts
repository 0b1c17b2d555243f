/**
 * Event series as columns of bars: news and social sentiment, option flow, ownership, insider trades, earnings dates and
 * surprises. An event has a moment (`time`) and a moment from which it was known (`knownAt`), which may be later (a report
 * published weeks after the trade) or earlier (an announced date). A point-in-time join: a bar sees at its decision moment
 * (`knownAt` of the bar) what was known then, that moment included, and nothing else.
 *
 * A value counts from the later of `time` and `knownAt`: before an announced event has happened its value is a forecast, or a
 * back-filled outcome, and taking it would be look-ahead; until then it gives the days that are left alone. A row without a
 * value announces a date and nothing more. A date that is moved stays announced until it passes: rows are not withdrawn.
 */
import { check } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { numberColumn, type Frame } from '../../core/frame.ts'

/** Events of one symbol, in any order, one row each; times in milliseconds UTC. */
export interface EventSeries {
  readonly time: Float64Array
  readonly knownAt: Float64Array
  /** NaN = a date alone. */
  readonly value: Float64Array
}

const dayMs = 86_400_000

/** Names of the columns of a series, in their order. */
export function eventColumnNames(name: string): readonly [string, string, string] {
  return [name, `${name}_age`, `${name}_next`]
}

/**
 * Columns of an event series, one row a bar:
 *
 * - `NAME`: value of the newest event (greatest `time`; of one moment the row known last, a revision) that counts by then.
 * - `NAME_age`: days since that value counts, 0 at the moment itself.
 * - `NAME_next`: days until the nearest event ahead whose date is known; above 0.
 *
 * NaN where there is no such event. Bars: `knownAt` must ascend.
 *
 * @throws INVALID_VALUE for a name that no expression could use, BAD_DATA for a row without `time` or `knownAt`.
 * @example joinEvents(bars, { time: [100 d], knownAt: [90 d], value: [2] }, { name: 'eps' })
 *   at day 95: eps NaN, eps_age NaN, eps_next 5; at day 103: eps 2, eps_age 3, eps_next NaN
 */
export function joinEvents(
  bars: Frame,
  series: EventSeries,
  { name }: { readonly name: string },
): Readonly<Record<string, Float64Array>> {
  checkEventName(name)
  checkEvents(series, name)
  const { time, knownAt, value } = series
  const moments = numberColumn(bars, 'knownAt')
  const columns = eventColumnNames(name).map(() => new Float64Array(bars.length).fill(NaN))
  const [newest, age, next] = columns as [Float64Array, Float64Array, Float64Array]
  const rows = Array.from(time.keys())
  const countsFrom = Float64Array.from(time, (at, row) => Math.max(at, knownAt[row]!))
  const valued = rows
    .filter((row) => !Number.isNaN(value[row]))
    .sort((a, b) => countsFrom[a]! - countsFrom[b]! || a - b)
  const announced = rows
    .filter((row) => knownAt[row]! < time[row]!)
    .sort((a, b) => knownAt[a]! - knownAt[b]!)
  const ahead = new AscendingTimes()
  let [read, told, best] = [0, 0, -1]
  for (let i = 0; i < moments.length; i++) {
    const moment = moments[i]!
    for (; read < valued.length && countsFrom[valued[read]!]! <= moment; read++) {
      const row = valued[read]!
      if (best < 0 || !isOlder(series, row, best)) best = row
    }
    for (; told < announced.length && knownAt[announced[told]!]! <= moment; told++)
      ahead.add(time[announced[told]!]!)
    if (best >= 0) {
      newest[i] = value[best]!
      age[i] = (moment - countsFrom[best]!) / dayMs
    }
    next[i] = (ahead.firstAfter(moment) - moment) / dayMs
  }
  return Object.fromEntries(eventColumnNames(name).map((column, k) => [column, columns[k]!]))
}

/** @throws INVALID_VALUE */
export function checkEventName(name: string): void {
  check(
    /^[A-Za-z_]\w*$/.test(name),
    'name of an event series',
    'letters, digits and _, not starting with a digit',
    name,
  )
}

function isOlder({ time, knownAt }: EventSeries, row: number, than: number): boolean {
  if (time[row] !== time[than]) return time[row]! < time[than]!
  return knownAt[row]! < knownAt[than]!
}

function checkEvents({ time, knownAt }: EventSeries, name: string): void {
  for (const [column, values] of Object.entries({ time, knownAt })) {
    const row = values.findIndex((value) => !Number.isFinite(value))
    if (row < 0) continue
    throw new QuorumError('BAD_DATA', {
      source: `event series ${name}`,
      reason: `event ${row + 1} has no ${column}; say when each event ${
        column === 'time' ? 'happens' : 'was first known (its publication, not the event itself)'
      }, or leave the row out`,
    })
  }
}

/** Times in order, asked for ascending moments. */
class AscendingTimes {
  readonly #times: number[] = []
  #passed = 0

  add(time: number): void {
    let at = this.#times.length
    while (at > this.#passed && this.#times[at - 1]! > time) at--
    this.#times.splice(at, 0, time)
  }

  /** NaN where there is none. */
  firstAfter(moment: number): number {
    while (this.#passed < this.#times.length && this.#times[this.#passed]! <= moment) this.#passed++
    return this.#times[this.#passed] ?? NaN
  }
}
