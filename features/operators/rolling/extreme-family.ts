/**
 * The families of the largest and of the smallest of the last `window` values, their value and their place in one pass, on block
 * windows: a comparison for the prefix and one with the suffix a row. Ties go to the oldest.
 */
import {
  windowParameter,
  type FamilyMember,
  type OperatorFamily,
  type SeriesOperator,
} from '../../operator.ts'
import { blockState, type BlockState } from './block-window.ts'

export interface ExtremeState extends BlockState {
  /** 1 for the largest, −1 for the smallest: values are compared with this sign. */
  readonly sign: number
  /** Outputs of the value and of its place, −1 where not wanted. */
  readonly valueAt: number
  readonly placeAt: number
  best: number
  bestAt: number
  /** Best from each row of the block before to its end, then where it stands. */
  readonly suffix: Float64Array
}

const families = { largest: familyOf('largest'), smallest: familyOf('smallest') } as const

export function extremeOperator(
  name: 'Max' | 'IdxMax' | 'Min' | 'IdxMin',
  doc: string,
): SeriesOperator<ExtremeState> {
  const side = name.endsWith('Max') ? 'largest' : 'smallest'
  return { ...joined(side, [{ operator: name, params: [] }]), name, doc, family: families[side] }
}

function familyOf(side: 'largest' | 'smallest'): OperatorFamily {
  return { name: side, key: ([window]) => String(window), join: (members) => joined(side, members) }
}

function joined(
  side: 'largest' | 'smallest',
  members: readonly FamilyMember[],
): SeriesOperator<ExtremeState> {
  const wanted = members.map(({ operator }) => operator)
  return {
    name: wanted.join(),
    scope: 'series',
    memory: 'window',
    missing: 'skip',
    params: [windowParameter],
    arity: 1,
    ...(wanted.length > 1 ? { outputs: wanted } : {}),
    doc: 'Value and place of an extreme in one pass.',
    minPeriods: () => 1,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    state: (params, options) => ({
      ...blockState(params, options),
      sign: side === 'largest' ? 1 : -1,
      valueAt: wanted.findIndex((name) => !name.startsWith('Idx')),
      placeAt: wanted.findIndex((name) => name.startsWith('Idx')),
      best: -Infinity,
      bestAt: 0,
      suffix: new Float64Array(2 * (params[0]! + 1)).fill(-Infinity, 0, params[0]! + 1),
    }),
    advance,
  }
}

function advance(
  state: ExtremeState,
  inputs: readonly Float64Array[],
  from: number,
  to: number,
  outs: readonly Float64Array[],
): void {
  const x = inputs[0]!
  const { window, required, sign, suffix } = state
  const placesAt = window + 1
  const valueOut = outs[state.valueAt]
  const placeOut = outs[state.placeAt]
  let { phase, valid, best, bestAt } = state
  for (let i = from; i < to; i++) {
    const entering = sign * x[i]!
    if (entering === entering) {
      valid++
      if (entering > best) {
        best = entering
        bestAt = phase
      }
    }
    if (i >= window && x[i - window] === x[i - window]) valid--
    phase++
    const older = suffix[phase]!
    const isOlder = older >= best
    const enough = valid >= required
    if (valueOut !== undefined) valueOut[i] = enough ? sign * (isOlder ? older : best) : NaN
    if (placeOut !== undefined) {
      // Position from 1 among the rows there are: the block before counts from −window.
      const at = isOlder ? suffix[placesAt + phase]! - window : bestAt
      const rows = i + 1 < window ? i + 1 : window
      placeOut[i] = enough ? at - (phase - rows) + 1 : NaN
    }
    if (phase < window) continue
    let greatest = -Infinity
    let at = 0
    for (let j = window - 1; j >= 0; j--) {
      const value = sign * x[i - window + 1 + j]!
      if (value >= greatest) {
        greatest = value
        at = j
      }
      suffix[j] = greatest
      suffix[placesAt + j] = at
    }
    phase = 0
    best = -Infinity
  }
  state.phase = phase
  state.valid = valid
  state.best = best
  state.bestAt = bestAt
}
