import { rollingExtreme } from './rolling-extreme.ts'

export const indexOfMaximum = rollingExtreme(
  'IdxMax',
  'Position of the largest of the last window values, from 1 for the oldest; the oldest of equals (qlib IdxMax).',
  { largest: true, place: true },
)
