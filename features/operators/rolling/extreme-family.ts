/**
 * The families of the largest and of the smallest of the last `window` values, their value and their place in one pass, on block
 * windows: a comparison for the prefix and one with the suffix a row. Ties go to the oldest.
 */
import { kernelOperator } from '../../kernels/kernel-operator.ts'
import {
  windowParameter,
  type FamilyMember,
  type OperatorFamily,
  type SeriesOperator,
} from '../../operator.ts'
import { suffixes, windowState } from './block-window.ts'

const families = { largest: familyOf('largest'), smallest: familyOf('smallest') } as const

export function extremeOperator(
  name: 'Max' | 'IdxMax' | 'Min' | 'IdxMin',
  doc: string,
): SeriesOperator<Float64Array> {
  const side = name.endsWith('Max') ? 'largest' : 'smallest'
  return { ...joined(side, [{ operator: name, params: [] }]), name, doc, family: families[side] }
}

function familyOf(side: 'largest' | 'smallest'): OperatorFamily {
  return { name: side, key: ([window]) => String(window), join: (members) => joined(side, members) }
}

function joined(
  side: 'largest' | 'smallest',
  members: readonly FamilyMember[],
): SeriesOperator<Float64Array> {
  const wanted = members.map(({ operator }) => operator)
  const sign = side === 'largest' ? 1 : -1
  const valueAt = wanted.findIndex((name) => !name.startsWith('Idx'))
  const placeAt = wanted.findIndex((name) => name.startsWith('Idx'))
  return kernelOperator({
    name: wanted.join(),
    memory: 'window',
    missing: 'skip',
    params: [windowParameter],
    arity: 1,
    ...(wanted.length > 1 ? { outputs: wanted } : {}),
    doc: 'Value and place of an extreme in one pass.',
    minPeriods: () => 1,
    warmup: ([window]) => window! - 1,
    lookback: ([window]) => window!,
    kernel: 'extreme',
    state: (params, options) => [
      ...windowState(params, options),
      ...[sign, valueAt, placeAt],
      ...[0, 0, -Infinity, 0],
      ...suffixes(params[0]!, 1, -Infinity),
      ...suffixes(params[0]!),
    ],
  })
}
