/** Builds the sum and the mean of the last `window` values on block windows. */
import { kernelOperator } from '../../kernels/kernel-operator.ts'
import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { suffixes, windowState } from './block-window.ts'

export function rollingSum(
  name: string,
  doc: string,
  average: boolean,
): SeriesOperator<Float64Array> {
  return kernelOperator({
    name,
    memory: 'window',
    missing: 'skip',
    params: [windowParameter],
    arity: 1,
    doc,
    minPeriods: () => 1,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    kernel: 'rollingSum',
    state: (params, options) => [
      ...windowState(params, options),
      ...[Number(average), 0, 0, 0],
      ...suffixes(params[0]!),
    ],
  })
}
