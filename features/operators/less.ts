import { elementwise } from './elementwise.ts'

export const less = elementwise(
  'Less',
  2,
  (a, b) => (a < b ? a : a >= b ? b : NaN),
  'The smaller of a and b; NaN where either is missing.',
)
