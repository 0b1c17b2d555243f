import { elementwiseKernel } from './elementwise.ts'

export const greater = elementwiseKernel({
  name: 'Greater',
  arity: 2,
  doc: 'The larger of two columns; NaN where either is missing.',
  kernel: 'greater',
})
