import { elementwise } from './elementwise.ts'

export const divide = elementwise(
  'Div',
  2,
  (a, b) => a / b,
  'First column over the second; NaN where that is 0.',
)
