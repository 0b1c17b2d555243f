import { elementwiseKernel } from './elementwise.ts'

export const divide = elementwiseKernel({
  name: 'Div',
  arity: 2,
  doc: 'First column over the second; NaN where that is 0.',
  kernel: 'divide',
})
