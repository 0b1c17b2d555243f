/**
 * Builds order statistics of the last `window` values: the window is kept sorted, and a row takes one out and puts one in.
 * Long windows move by whole blocks of memory (`copyWithin`), short ones in a loop.
 */
import type { OperatorParams, ParameterSpec, SeriesOperator } from '../../operator.ts'

export interface QuantileState {
  readonly window: number
  readonly required: number
  readonly level: number
  valid: number
  /** Valid values of the window, ascending, `valid` of them. */
  readonly sorted: Float64Array
}

export function rollingQuantile(
  name: string,
  doc: string,
  params: readonly ParameterSpec[],
  levelOf: (params: OperatorParams) => number,
): SeriesOperator<QuantileState> {
  return {
    name,
    scope: 'series',
    memory: 'window',
    missing: 'skip',
    params,
    arity: 1,
    doc,
    minPeriods: () => 1,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    state: (values, { emitPartial }) => ({
      window: values[0]!,
      required: emitPartial ? 1 : values[0]!,
      level: levelOf(values),
      valid: 0,
      sorted: new Float64Array(values[0]!),
    }),
    advance(state, [input], from, to, [out]) {
      const x = input!
      const { window, required, level, sorted } = state
      let { valid } = state
      for (let i = from; i < to; i++) {
        const entering = x[i]!
        const leaving = i >= window ? x[i - window]! : NaN
        const enters = entering === entering
        if (leaving === leaving) {
          if (enters) replace(sorted, valid, leaving, entering)
          else remove(sorted, valid--, leaving)
        } else if (enters) insert(sorted, valid++, entering)
        out![i] = valid >= required ? interpolated(sorted, valid, level) : NaN
      }
      state.valid = valid
    },
  }
}

/** Linear between the two nearest ranks (NumPy's default; Hyndman and Fan's type 7). */
export function interpolated(sorted: Float64Array, count: number, level: number): number {
  const place = level * (count - 1)
  const below = Math.floor(place)
  const value = sorted[below]!
  const share = place - below
  return share === 0 ? value : value + share * (sorted[below + 1]! - value)
}

/** First place whose value is not less. */
function lowerPlace(sorted: Float64Array, count: number, value: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

function replace(sorted: Float64Array, count: number, leaving: number, entering: number): void {
  let at = lowerPlace(sorted, count, leaving)
  if (count > 256) {
    const to = lowerPlace(sorted, count, entering)
    if (to > at) {
      sorted.copyWithin(at, at + 1, to)
      sorted[to - 1] = entering
    } else {
      sorted.copyWithin(to + 1, to, at)
      sorted[to] = entering
    }
    return
  }
  while (at + 1 < count && sorted[at + 1]! < entering) {
    sorted[at] = sorted[at + 1]!
    at++
  }
  while (at > 0 && sorted[at - 1]! > entering) {
    sorted[at] = sorted[at - 1]!
    at--
  }
  sorted[at] = entering
}

function insert(sorted: Float64Array, count: number, value: number): void {
  const at = lowerPlace(sorted, count, value)
  sorted.copyWithin(at + 1, at, count)
  sorted[at] = value
}

function remove(sorted: Float64Array, count: number, value: number): void {
  const at = lowerPlace(sorted, count, value)
  sorted.copyWithin(at, at + 1, count)
}
