import { elementwiseKernel } from './elementwise.ts'

export const greaterThan = elementwiseKernel({
  name: 'Gt',
  arity: 2,
  missing: 'skip',
  doc: '1 where x > y, else 0; a comparison with a missing value is false (as in qlib).',
  kernel: 'greaterThan',
})
