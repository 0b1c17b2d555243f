import { elementwiseKernel } from './elementwise.ts'

export const absolute = elementwiseKernel({
  name: 'Abs',
  arity: 1,
  doc: 'Absolute value.',
  kernel: 'absolute',
})
