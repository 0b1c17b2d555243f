import { expanding } from './expanding.ts'
import {
  addToMoments,
  deviationOf,
  meanOf,
  runningMoments,
  type RunningMoments,
} from './running-moments.ts'

export const expandingZScore = expanding<RunningMoments>({
  name: 'ExpandingZScore',
  doc: 'Newest value less the mean of all values so far, itself among them, in their sample standard deviations; NaN below two or where they are equal.',
  minPeriods: 2,
  state: runningMoments,
  take(state, value) {
    addToMoments(state, value)
    return (value - meanOf(state)) / deviationOf(state)
  },
})
