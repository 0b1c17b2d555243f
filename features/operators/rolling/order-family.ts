/**
 * The family of order statistics of the last `window` values: the window is kept sorted, a row takes one out and puts one in, and
 * every quantile and the rank of the newest value are read off it.
 */
import type {
  FamilyMember,
  OperatorFamily,
  OperatorParams,
  ParameterSpec,
  SeriesOperator,
} from '../../operator.ts'

export interface OrderState {
  readonly window: number
  readonly required: number
  /** Level of each output; −1 asks for the rank of the newest value. */
  readonly levels: Float64Array
  valid: number
  /** Valid values of the window, ascending, `valid` of them. */
  readonly sorted: Float64Array
}

interface OrderDefinition {
  readonly name: string
  readonly doc: string
  readonly params: readonly ParameterSpec[]
  readonly level: (params: OperatorParams) => number
}

const rankLevel = -1
const levels = new Map<string, (params: OperatorParams) => number>()

const order: OperatorFamily = {
  name: 'order',
  key: ([window]) => String(window),
  join: (members) => joined(members),
}

export function orderOperator({
  name,
  doc,
  params,
  level,
}: OrderDefinition): SeriesOperator<OrderState> {
  levels.set(name, level)
  const single = joined([])
  return {
    ...single,
    name,
    doc,
    params,
    family: order,
    state: (values, options) => ({
      ...single.state(values, options),
      levels: Float64Array.of(level(values)),
    }),
  }
}

export const rankOfNewest = (): number => rankLevel

function joined(members: readonly FamilyMember[]): SeriesOperator<OrderState> {
  const wanted = Float64Array.from(members, ({ operator, params }) => levels.get(operator)!(params))
  return {
    name: `Order(${members.map(({ operator }) => operator).join()})`,
    scope: 'series',
    memory: 'window',
    missing: 'skip',
    params: [],
    arity: 1,
    ...(members.length > 1 ? { outputs: members.map((_, k) => String(k)) } : {}),
    doc: 'Order statistics of a window in one pass.',
    minPeriods: () => 1,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    state: ([window], { emitPartial }) => ({
      window: window!,
      required: emitPartial ? 1 : window!,
      levels: wanted,
      valid: 0,
      sorted: new Float64Array(window!),
    }),
    advance,
  }
}

function advance(
  state: OrderState,
  inputs: readonly Float64Array[],
  from: number,
  to: number,
  outs: readonly Float64Array[],
): void {
  const x = inputs[0]!
  const { window, required, levels: wanted, sorted } = state
  let { valid } = state
  for (let i = from; i < to; i++) {
    const entering = x[i]!
    const leaving = i >= window ? x[i - window]! : NaN
    const enters = entering === entering
    let at = -1
    if (leaving === leaving) {
      if (enters) at = replace(sorted, valid, leaving, entering)
      else remove(sorted, valid--, leaving)
    } else if (enters) at = insert(sorted, valid++, entering)
    for (let k = 0; k < wanted.length; k++) {
      const level = wanted[k]!
      let value = NaN
      if (valid >= required)
        value =
          level === rankLevel
            ? averageRank(sorted, valid, at, entering)
            : interpolated(sorted, valid, level)
      outs[k]![i] = value
    }
  }
  state.valid = valid
}

/** Linear between the two nearest ranks (NumPy's default; Hyndman and Fan's type 7). */
function interpolated(sorted: Float64Array, count: number, level: number): number {
  const place = level * (count - 1)
  const below = Math.floor(place)
  const value = sorted[below]!
  const share = place - below
  return share === 0 ? value : value + share * (sorted[below + 1]! - value)
}

/** Equal values share the mean of their ranks; as a fraction in (0, 1]. */
function averageRank(sorted: Float64Array, count: number, at: number, value: number): number {
  if (at < 0) return NaN
  let first = at
  let last = at
  while (first > 0 && sorted[first - 1] === value) first--
  while (last + 1 < count && sorted[last + 1] === value) last++
  return (first + last + 2) / 2 / count
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

/** Answers where the entering value stands. Long windows move by whole blocks of memory, short ones in a loop. */
function replace(sorted: Float64Array, count: number, leaving: number, entering: number): number {
  let at = lowerPlace(sorted, count, leaving)
  if (count > 256) {
    const to = lowerPlace(sorted, count, entering)
    if (to > at) {
      sorted.copyWithin(at, at + 1, to)
      sorted[to - 1] = entering
      return to - 1
    }
    sorted.copyWithin(to + 1, to, at)
    sorted[to] = entering
    return to
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
  return at
}

function insert(sorted: Float64Array, count: number, value: number): number {
  const at = lowerPlace(sorted, count, value)
  sorted.copyWithin(at + 1, at, count)
  sorted[at] = value
  return at
}

function remove(sorted: Float64Array, count: number, value: number): void {
  const at = lowerPlace(sorted, count, value)
  sorted.copyWithin(at, at + 1, count)
}
