import { expanding } from './expanding.ts'
import { addToMoments, meanOf, runningMoments, type RunningMoments } from './running-moments.ts'

export const expandingMean = expanding<RunningMoments>({
  name: 'ExpandingMean',
  doc: 'Mean of all values so far.',
  state: runningMoments,
  take(state, value) {
    addToMoments(state, value)
    return meanOf(state)
  },
})
