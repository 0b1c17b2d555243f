/**
 * The family of the least-squares line of one column on another over the last `window` rows: y = alpha + beta x + residual. Its
 * members of the same columns and window are one pass.
 */
import {
  windowParameter,
  type FamilyMember,
  type OperatorFamily,
  type SeriesOperator,
} from '../../../operator.ts'
import { finite } from '../../elementwise/elementwise.ts'
import { pairWindow, pushPair, type PairWindow } from './pair-window.ts'

export const regressionQuantities = ['Beta', 'Alpha', 'RegResi'] as const
export type RegressionQuantity = (typeof regressionQuantities)[number]

export interface RegressionState {
  readonly required: number
  /** Output of each quantity, −1 where it is not wanted. */
  readonly places: Int32Array
  readonly pairs: PairWindow
}

const regression: OperatorFamily = {
  name: 'regression',
  key: ([window]) => String(window),
  join: (members) => joined(members),
}

/** One quantity as an operator of its own. */
export function regressionOperator(
  name: RegressionQuantity,
  doc: string,
): SeriesOperator<RegressionState> {
  return { ...joined([{ operator: name, params: [] }]), name, doc, family: regression }
}

function joined(members: readonly FamilyMember[]): SeriesOperator<RegressionState> {
  const wanted = members.map(({ operator }) => operator)
  // One array for all states: it never changes.
  const places = Int32Array.from(regressionQuantities, (quantity) => wanted.indexOf(quantity))
  return {
    name: `Regression(${wanted.join()})`,
    scope: 'series',
    memory: 'window',
    missing: 'skip',
    params: [{ ...windowParameter, min: 2 }],
    arity: 2,
    inputs: ['y', 'x'],
    ...(wanted.length > 1 ? { outputs: wanted } : {}),
    doc: 'Line of one column on another in one pass.',
    minPeriods: () => 2,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window! - 1,
    state: ([window], { emitPartial }) => ({
      required: emitPartial ? 2 : window!,
      places,
      pairs: pairWindow(window!),
    }),
    advance({ required, places: at, pairs }, [y, x], from, to, outs) {
      const betaOut = outs[at[0]!]
      const alphaOut = outs[at[1]!]
      const residualOut = outs[at[2]!]
      for (let i = from; i < to; i++) {
        pushPair(pairs, x![i]!, y![i]!)
        const beta = pairs.count >= required ? pairs.cross / pairs.spreadX : NaN
        if (betaOut !== undefined) betaOut[i] = finite(beta)
        if (alphaOut !== undefined) alphaOut[i] = finite(pairs.meanY - beta * pairs.meanX)
        if (residualOut !== undefined)
          residualOut[i] = finite(y![i]! - pairs.meanY - beta * (x![i]! - pairs.meanX))
      }
    },
  }
}
