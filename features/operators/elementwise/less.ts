import { elementwiseKernel } from './elementwise.ts'

export const less = elementwiseKernel({
  name: 'Less',
  arity: 2,
  doc: 'The smaller of two columns; NaN where either is missing.',
  kernel: 'less',
})
