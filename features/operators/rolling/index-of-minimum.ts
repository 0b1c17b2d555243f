import { rollingExtreme } from './rolling-extreme.ts'

export const indexOfMinimum = rollingExtreme(
  'IdxMin',
  'Position of the smallest of the last window values, from 1 for the oldest; the oldest of equals (qlib IdxMin).',
  { largest: false, place: true },
)
