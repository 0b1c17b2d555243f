import { extremeOperator } from './extreme-family.ts'

export const indexOfMinimum = extremeOperator(
  'IdxMin',
  'Position of the smallest of the last window values, from 1 for the oldest; the oldest of equals (qlib IdxMin).',
)
