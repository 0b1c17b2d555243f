/** Builds the moments at which one column passes another; touching it is not passing it. */
import type { SeriesOperator } from '../../../operator.ts'
import { windowIndicator } from '../../technical/stages/indicator.ts'
import type { Two } from '../../technical/stages/inputs.ts'

export function crossing(
  name: string,
  doc: string,
  direction: 1 | -1,
): SeriesOperator<{ readonly direction: number }> {
  return windowIndicator({
    name,
    doc,
    inputs: ['x', 'y'],
    span: () => 2,
    state: () => ({ direction }),
    advance({ direction: sign }, inputs, from, to, [out]) {
      const [x, y] = inputs as Two
      let before = from >= 1 ? sign * (x[from - 1]! - y[from - 1]!) : NaN
      for (let i = from; i < to; i++) {
        const now = sign * (x[i]! - y[i]!)
        out![i] = before === before && now === now ? (now > 0 && before <= 0 ? 1 : 0) : NaN
        before = now
      }
    },
  })
}
