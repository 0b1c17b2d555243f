import { elementwiseKernel } from './elementwise.ts'

export const add = elementwiseKernel({
  name: 'Add',
  arity: 2,
  doc: 'Sum of two columns.',
  kernel: 'add',
})
