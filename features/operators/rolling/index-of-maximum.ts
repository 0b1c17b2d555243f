import { extremeOperator } from './extreme-family.ts'

export const indexOfMaximum = extremeOperator(
  'IdxMax',
  'Position of the largest of the last window values, from 1 for the oldest; the oldest of equals (qlib IdxMax).',
)
