/** Builds the correlation and covariance of two columns over the last `window` rows on block windows; rows with both values count. */
import { kernelOperator } from '../../kernels/kernel-operator.ts'
import { windowParameter, type SeriesOperator } from '../../operator.ts'
import { suffixes, windowState } from './block-window.ts'

export function coMoment(
  name: string,
  doc: string,
  { correlate }: { correlate: boolean },
): SeriesOperator<Float64Array> {
  return kernelOperator({
    name,
    memory: 'window',
    missing: 'skip',
    params: [{ ...windowParameter, min: 2 }],
    arity: 2,
    doc,
    minPeriods: () => 2,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    kernel: 'coMoment',
    state: (params, options) => [
      ...windowState(params, options, 2),
      ...[Number(correlate), 0, 0, NaN, NaN],
      ...[0, 0, 0, 0, 0],
      ...suffixes(params[0]!, 5),
    ],
  })
}
