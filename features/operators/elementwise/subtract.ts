import { elementwiseKernel } from './elementwise.ts'

export const subtract = elementwiseKernel({
  name: 'Sub',
  arity: 2,
  doc: 'First column less the second.',
  kernel: 'subtract',
})
