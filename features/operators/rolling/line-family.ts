/**
 * The family of second moments and of the least-squares line of the last `window` values: sums of deviations from an anchor, of
 * their squares, and of their products with the position, on block windows. Standard deviation, variance, slope, R² and residual
 * of one column and window are one pass.
 */
import { kernelOperator } from '../../kernels/kernel-operator.ts'
import {
  windowParameter,
  type FamilyMember,
  type OperatorFamily,
  type SeriesOperator,
} from '../../operator.ts'
import { suffixes, windowState } from './block-window.ts'

export const lineQuantities = ['Std', 'Var', 'Slope', 'Rsquare', 'Resi'] as const
export type LineQuantity = (typeof lineQuantities)[number]

const line: OperatorFamily = {
  name: 'line',
  key: ([window]) => String(window),
  join: (members) => joined(members),
}

/** One quantity as an operator of its own. */
export function lineOperator(name: LineQuantity, doc: string): SeriesOperator<Float64Array> {
  return { ...joined([{ operator: name, params: [] }]), name, doc, family: line }
}

function joined(members: readonly FamilyMember[]): SeriesOperator<Float64Array> {
  const wanted = members.map(({ operator }) => operator)
  const places = lineQuantities.map((quantity) => wanted.indexOf(quantity))
  return kernelOperator({
    name: `Line(${wanted.join()})`,
    memory: 'window',
    missing: 'skip',
    params: [{ ...windowParameter, min: 2 }],
    arity: 1,
    ...(wanted.length > 1 ? { outputs: wanted } : {}),
    doc: 'Moments and line of a window in one pass.',
    minPeriods: () => 2,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    kernel: 'line',
    state: (params, options) => [
      ...windowState(params, options, 2),
      ...places,
      ...[0, 0, NaN, 0, 0, 0],
      ...suffixes(params[0]!, 3),
    ],
  })
}
