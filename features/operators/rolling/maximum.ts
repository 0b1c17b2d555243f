import { rollingExtreme } from './rolling-extreme.ts'

export const maximum = rollingExtreme('Max', 'Largest of the last window values.', {
  largest: true,
  place: false,
})
