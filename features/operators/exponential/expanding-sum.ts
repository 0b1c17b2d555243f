import { addTo, totalOf, type RunningTotal } from '../technical/stages/running-total.ts'
import { expanding } from './expanding.ts'

export const expandingSum = expanding<RunningTotal>({
  name: 'ExpandingSum',
  doc: 'Sum of all values so far, compensated (Neumaier 1974).',
  state: () => ({ seen: 0, total: 0, carry: 0 }),
  take(state, value) {
    addTo(state, value)
    return totalOf(state)
  },
})
