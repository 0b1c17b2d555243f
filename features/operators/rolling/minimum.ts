import { rollingExtreme } from './rolling-extreme.ts'

export const minimum = rollingExtreme('Min', 'Smallest of the last window values.', {
  largest: false,
  place: false,
})
