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
  const shape = { number: kernelNames.indexOf(kernel), outputs: definition.outputs?.length ?? 1 }
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
      advanceAlone(shape, own, inputs, from, to, outs)
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

interface Shape {
  /** Number of the kernel. */
  readonly number: number
  readonly outputs: number
}

function advanceAlone(
  { number, outputs }: Shape,
  state: Float64Array,
  inputs: readonly Float64Array[],
  from: number,
  to: number,
  outs: readonly Float64Array[],
): void {
  const lookback = state[0]!
  const arity = inputs.length
  const columns = arity + outputs
  const rows = lookback + Math.min(pieceRows, to - from)
  const programAt = freeAddress()
  const stateAt = programAt + 8 * Math.ceil((headWords + columns) / 2)
  const columnsAt = stateAt + 8 * state.length
  reserve(columnsAt + 8 * columns * rows)
  const { numbers, words } = wholeMemory()
  const program = programAt / 4
  words[program] = number
  words[program + 1] = headWords + columns
  words[program + 2] = stateAt + ownState
  for (let k = 0; k < columns; k++) words[program + headWords + k] = columnsAt + 8 * k * rows
  const first = columnsAt / 8
  copy(state, 0, numbers, stateAt / 8, state.length)
  for (let start = from; start < to; start += pieceRows) {
    const end = Math.min(to, start + pieceRows)
    const base = Math.max(0, start - lookback)
    for (let k = 0; k < arity; k++) copy(inputs[k]!, base, numbers, first + k * rows, end - base)
    kernels.run(programAt, programAt + 4 * (headWords + columns), start - base, end - base)
    for (let k = 0; k < outputs; k++) {
      const place = first + (arity + k) * rows + start - base
      copy(numbers, place, outs[k]!, start, end - start)
    }
  }
  copy(numbers, stateAt / 8, state, 0, state.length)
}

/** A loop where there are few: a view costs more than they do. */
function copy(
  source: Float64Array,
  from: number,
  target: Float64Array,
  to: number,
  count: number,
): void {
  if (count > 200) target.set(source.subarray(from, from + count), to)
  else for (let k = 0; k < count; k++) target[to + k] = source[from + k]!
}
