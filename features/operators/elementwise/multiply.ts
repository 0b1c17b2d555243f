import { elementwiseKernel } from './elementwise.ts'

export const multiply = elementwiseKernel({
  name: 'Mul',
  arity: 2,
  doc: 'Product of two columns.',
  kernel: 'multiply',
})
