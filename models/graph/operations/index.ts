/** The table of operations. A new one is an entry here, a rule in `gradient-rules.ts` and a case in its conformance test. */
import type { Operation } from '../graph.ts'
import { elementwise } from './elementwise.ts'
import { indexing } from './indexing.ts'
import { matmulOperation } from './matrix.ts'
import { recurrent } from './recurrent.ts'
import { reductions } from './reduction.ts'
import { shapeOperations } from './shape.ts'

export const operations = {
  ...elementwise,
  ...shapeOperations,
  ...reductions,
  ...indexing,
  ...recurrent,
  matmul: matmulOperation,
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof operations

export * from './elementwise.ts'
export { gather, scatterAdd } from './indexing.ts'
export { matmul } from './matrix.ts'
export { gru, lstm } from './recurrent.ts'
export {
  inverseDeviation,
  logSoftmax,
  normalise,
  reduceMax,
  reduceMean,
  reduceSum,
  softmax,
} from './reduction.ts'
export { concat, expand, pad, reshape, slice, transpose } from './shape.ts'
