import { elementwise } from './elementwise.ts'

export const logarithm = elementwise(
  'Log',
  1,
  (a) => Math.log(a),
  'Natural logarithm; NaN where a ≤ 0.',
)
