/**
 * Exponentially weighted means, variances and covariance of two columns, α = 2 / (window + 1), in pandas' definition with
 * `adjust=False, bias=False, ignore_na=True`: the first value starts the mean with all the weight, and the variance is freed of the
 * bias of its weights by (Σw)² / ((Σw)² − Σw²). Missing values are passed over.
 */
import type { OperatorParams, SeriesOperator } from '../../operator.ts'
import { windowParameter } from '../../operator.ts'
import { finite } from '../elementwise/elementwise.ts'
import { settlingRows } from '../technical/stages/settling.ts'

export interface WeightedMoments {
  readonly alpha: number
  /** 1 once a value is in. */
  seen: number
  meanX: number
  meanY: number
  varianceX: number
  varianceY: number
  covariance: number
  /** Σw², where Σw = 1. */
  weights: number
}

const alphaOf = ([window]: OperatorParams): number => 2 / (window! + 1)

function addPair(state: WeightedMoments, x: number, y: number): void {
  if (state.seen === 0) {
    state.seen = 1
    state.meanX = x
    state.meanY = y
    return
  }
  const { alpha } = state
  const keep = 1 - alpha
  const dx = x - state.meanX
  const dy = y - state.meanY
  state.meanX += alpha * dx
  state.meanY += alpha * dy
  state.varianceX = keep * (state.varianceX + alpha * dx * dx)
  state.varianceY = keep * (state.varianceY + alpha * dy * dy)
  state.covariance = keep * (state.covariance + alpha * dx * dy)
  state.weights = keep * keep * state.weights + alpha * alpha
}

interface WeightedDefinition {
  readonly name: string
  readonly doc: string
  readonly arity: 1 | 2
  /** NaN where there is no spread. */
  readonly result: (state: WeightedMoments) => number
}

/** Builds an operator on these moments; of one column, it stands for both. */
export function weightedMoment(definition: WeightedDefinition): SeriesOperator<WeightedMoments> {
  const { name, doc, arity, result } = definition
  return {
    name,
    scope: 'series',
    memory: 'recursive',
    missing: 'hold',
    params: [{ ...windowParameter, min: 2 }],
    arity,
    doc,
    minPeriods: () => 2,
    // The start counts through the mean and through the spread.
    warmup: (params) => 1 + settlingRows(alphaOf(params), 2),
    lookback: () => 0,
    state: (params) => ({
      alpha: alphaOf(params),
      seen: 0,
      meanX: 0,
      meanY: 0,
      varianceX: 0,
      varianceY: 0,
      covariance: 0,
      weights: 1,
    }),
    advance(state, inputs, from, to, [out]) {
      const x = inputs[0]!
      const y = inputs[arity - 1]!
      for (let i = from; i < to; i++) {
        const both = x[i]! + y[i]!
        if (both - both !== 0) {
          out![i] = NaN
          continue
        }
        addPair(state, x[i]!, y[i]!)
        out![i] = state.weights < 1 ? finite(result(state)) : NaN
      }
    },
  }
}
