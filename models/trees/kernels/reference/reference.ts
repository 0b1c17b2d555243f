/** The kernels in plain TypeScript: the oracle that the compiled ones are tested against, bit by bit, and what runs without SIMD. */
import type { Kernels } from '../kernels.ts'
import { referenceBins } from './bins.ts'
import { referenceHistogram } from './histogram.ts'
import { referenceRows } from './rows.ts'
import { referenceSplits } from './splits.ts'
import { referenceWalk } from './walk.ts'

export function referenceKernels({ buffer }: WebAssembly.Memory): Kernels {
  const view = new DataView(buffer)
  return {
    ...referenceBins(view),
    ...referenceHistogram(view),
    ...referenceSplits(view),
    ...referenceRows(view),
    ...referenceWalk(view),
  }
}
