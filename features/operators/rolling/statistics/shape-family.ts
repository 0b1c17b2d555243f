/**
 * The family of the shape of the last `window` values, in pandas' bias-corrected definitions (Joanes and Gill 1998, G1 and G2):
 * skewness and excess kurtosis of one column and window are one pass.
 */
import {
  windowParameter,
  type FamilyMember,
  type OperatorFamily,
  type SeriesOperator,
} from '../../../operator.ts'
import { finite } from '../../elementwise/elementwise.ts'
import { momentWindow, pushMoment, varies, type MomentWindow } from './moment-window.ts'

export const shapeQuantities = ['Skew', 'Kurt'] as const
export type ShapeQuantity = (typeof shapeQuantities)[number]
const leastValues: Readonly<Record<ShapeQuantity, number>> = { Skew: 3, Kurt: 4 }

export interface ShapeState {
  readonly required: number
  readonly skewAt: number
  readonly kurtAt: number
  readonly moments: MomentWindow
}

const shape: OperatorFamily = {
  name: 'shape',
  key: ([window]) => String(window),
  join: (members) => joined(members),
}

/** One quantity as an operator of its own. */
export function shapeOperator(name: ShapeQuantity, doc: string): SeriesOperator<ShapeState> {
  return { ...joined([{ operator: name, params: [] }]), name, doc, family: shape }
}

function joined(members: readonly FamilyMember[]): SeriesOperator<ShapeState> {
  const wanted = members.map(({ operator }) => operator)
  const least = Math.max(...wanted.map((name) => leastValues[name as ShapeQuantity]))
  return {
    name: `Shape(${wanted.join()})`,
    scope: 'series',
    memory: 'window',
    missing: 'skip',
    params: [{ ...windowParameter, min: least }],
    arity: 1,
    ...(wanted.length > 1 ? { outputs: wanted } : {}),
    doc: 'Skewness and kurtosis of a window in one pass.',
    minPeriods: () => least,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window! - 1,
    state: ([window], { emitPartial }) => ({
      required: emitPartial ? 0 : window!,
      skewAt: wanted.indexOf('Skew'),
      kurtAt: wanted.indexOf('Kurt'),
      moments: momentWindow(window!, 4),
    }),
    advance({ required, skewAt, kurtAt, moments }, [x], from, to, outs) {
      const skewOut = outs[skewAt]
      const kurtOut = outs[kurtAt]
      for (let i = from; i < to; i++) {
        pushMoment(moments, x![i]!)
        const { count: n, mean, squares, cubes, fourths } = moments
        const known = n >= required && varies(squares, n, mean)
        const variance = squares / n
        if (skewOut !== undefined) {
          const scale = Math.sqrt(n * (n - 1)) / (n - 2)
          const skew = (scale * (cubes / n)) / (variance * Math.sqrt(variance))
          skewOut[i] = known && n >= 3 ? finite(skew) : NaN
        }
        if (kurtOut !== undefined) {
          const raw = fourths / n / (variance * variance)
          const kurt = (((n + 1) * raw - 3 * (n - 1)) * (n - 1)) / ((n - 2) * (n - 3))
          kurtOut[i] = known && n >= 4 ? finite(kurt) : NaN
        }
      }
    },
  }
}
