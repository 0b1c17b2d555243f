import { expanding } from './expanding.ts'
import {
  addToMoments,
  deviationOf,
  runningMoments,
  type RunningMoments,
} from './running-moments.ts'

export const expandingDeviation = expanding<RunningMoments>({
  name: 'ExpandingStd',
  doc: 'Sample standard deviation of all values so far; NaN below two.',
  minPeriods: 2,
  state: runningMoments,
  take(state, value) {
    addToMoments(state, value)
    return deviationOf(state)
  },
})
