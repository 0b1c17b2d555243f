/**
 * Builds operators whose rows a kernel computes. Their state is one array of numbers: how many earlier rows the kernel reads,
 * then the kernel's own. An evaluation runs many of them as one program; called alone, columns and state go through the
 * kernels' memory and back.
 */
import type { OperatorOptions, OperatorParams, SeriesOperator } from '../operator.ts'
import {
  freeAddress,
  kernelNames,
  kernels,
  reserve,
  wholeMemory,
  type KernelName,
} from './memory.ts'

type KernelDefinition = Omit<
  SeriesOperator<Float64Array>,
  'scope' | 'state' | 'advance' | 'kernel'
> & {
  readonly kernel: KernelName
  /** The kernel's numbers before any row. */
  readonly state: (params: OperatorParams, options: OperatorOptions) => readonly number[]
}

export function kernelOperator(definition: KernelDefinition): SeriesOperator<Float64Array> {
  const { kernel, lookback, state } = definition
  return {
    ...definition,
    scope: 'series',
    kernel,
    state(params, options) {
      const own = state(params, options)
      const numbers = new Float64Array(1 + own.length)
      numbers[0] = lookback(params)
      numbers.set(own, 1)
      return numbers
    },
    advance(own, inputs, from, to, outs) {
      advanceAlone(kernel, own, inputs, from, to, outs)
    },
  }
}

/** Bytes of the number before the kernel's own. */
export const ownState = 8
/** Words before the columns of an instruction. */
const headWords = 3
const pieceRows = 512

export function instruction(
  kernel: KernelName,
  stateAt: number,
  columns: readonly number[],
): readonly number[] {
  return [kernelNames.indexOf(kernel), headWords + columns.length, stateAt + ownState, ...columns]
}

function advanceAlone(
  kernel: KernelName,
  state: Float64Array,
  inputs: readonly Float64Array[],
  from: number,
  to: number,
  outs: readonly Float64Array[],
): void {
  const lookback = state[0]!
  const columns = inputs.length + outs.length
  const rows = lookback + Math.min(pieceRows, to - from)
  const programAt = freeAddress()
  const programBytes = 8 * Math.ceil((headWords + columns) / 2)
  const stateAt = programAt + programBytes
  const columnAt = (k: number): number => stateAt + 8 * (state.length + k * rows)
  reserve(columnAt(columns))
  const { numbers, words } = wholeMemory()
  const places = Array.from({ length: columns }, (_, k) => columnAt(k))
  words.set(instruction(kernel, stateAt, places), programAt / 4)
  copy(state, 0, numbers, stateAt / 8, state.length)
  for (let start = from; start < to; start += pieceRows) {
    const end = Math.min(to, start + pieceRows)
    const base = Math.max(0, start - lookback)
    for (let k = 0; k < inputs.length; k++)
      copy(inputs[k]!, base, numbers, places[k]! / 8, end - base)
    kernels.run(programAt, programAt + 4 * (headWords + columns), start - base, end - base)
    for (let k = 0; k < outs.length; k++) {
      const place = places[inputs.length + k]! / 8
      copy(numbers, place + start - base, outs[k]!, start, end - start)
    }
  }
  copy(numbers, stateAt / 8, state, 0, state.length)
}

function copy(
  source: Float64Array,
  from: number,
  target: Float64Array,
  to: number,
  count: number,
): void {
  if (count > 64) target.set(source.subarray(from, from + count), to)
  else for (let k = 0; k < count; k++) target[to + k] = source[from + k]!
}
