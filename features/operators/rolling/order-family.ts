/**
 * The family of order statistics of the last `window` values: the window is kept sorted, and every quantile and the rank of the
 * newest value are read off it.
 */
import { kernelOperator } from '../../kernels/kernel-operator.ts'
import type {
  FamilyMember,
  OperatorFamily,
  OperatorParams,
  ParameterSpec,
  SeriesOperator,
} from '../../operator.ts'
import { windowState } from './block-window.ts'

interface OrderDefinition {
  readonly name: string
  readonly doc: string
  readonly params: readonly ParameterSpec[]
  readonly level: (params: OperatorParams) => number
}

const rankLevel = -1
const levels = new Map<string, (params: OperatorParams) => number>()

const order: OperatorFamily = {
  name: 'order',
  key: ([window]) => String(window),
  join: (members) => joined(members),
}

export function orderOperator({
  name,
  doc,
  params,
  level,
}: OrderDefinition): SeriesOperator<Float64Array> {
  levels.set(name, level)
  return {
    ...joined([{ operator: name, params: [] }], (values) => [level(values)]),
    name,
    doc,
    params,
    family: order,
  }
}

export const rankOfNewest = (): number => rankLevel

/** The levels are the members' unless the parameters of one operator say them. */
function joined(
  members: readonly FamilyMember[],
  levelsOf: (params: OperatorParams) => readonly number[] = () =>
    members.map(({ operator, params }) => levels.get(operator)!(params)),
): SeriesOperator<Float64Array> {
  return kernelOperator({
    name: `Order(${members.map(({ operator }) => operator).join()})`,
    memory: 'window',
    missing: 'skip',
    params: [],
    arity: 1,
    ...(members.length > 1 ? { outputs: members.map((_, k) => String(k)) } : {}),
    doc: 'Order statistics of a window in one pass.',
    minPeriods: () => 1,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    kernel: 'order',
    state: (params, options) => {
      const wanted = levelsOf(params)
      const values = new Array<number>(params[0]! + 2).fill(Infinity)
      return [...windowState(params, options), wanted.length, 0, ...wanted, ...values]
    },
  })
}
