import { elementwise } from './elementwise.ts'

export const greater = elementwise(
  'Greater',
  2,
  (a, b) => (a > b ? a : a <= b ? b : NaN),
  'The larger of a and b; NaN where either is missing.',
)
