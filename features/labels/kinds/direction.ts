/** Direction of the forward return. */
import { horizonField } from '../fields.ts'
import { forwardLabel, forwardReturns } from '../forward-returns.ts'
import { seriesLabel } from '../label.ts'

export const direction = seriesLabel({
  name: 'direction',
  fields: [
    horizonField,
    { name: 'deadband', symbol: 'DEADBAND', integer: false, min: 0, default: 0 },
  ],
  example: 'direction:5@open:0.001',
  ...forwardLabel,
  doc: '1 where the return is above DEADBAND, −1 where it is below −DEADBAND, else 0. DEADBAND is a return; default 0.',
  columns(bars, spec) {
    const { y, labelEnd } = forwardReturns(bars, spec)
    for (let row = 0; row < y.length; row++) {
      const value = y[row]!
      if (value === value) y[row] = Math.abs(value) > spec.deadband ? Math.sign(value) : 0
    }
    return { y, labelEnd }
  },
})
