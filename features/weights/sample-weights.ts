/**
 * Sample weights by their text: `uniqueness`, `return`, `decay:HALF_LIFE`, `linear-decay:OLDEST`, products of these, or `uniform`. A kind is one entry of a table.
 */
import { invalid } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import {
  findForm,
  formatForm,
  grammarOf,
  parseForm,
  type AnySpec,
  type TextForm,
} from '../labels/text-form.ts'
import { labelSpans, type LabelSpans, type LabelTable } from './label-spans.ts'
import { returnAttribution } from './return-attribution.ts'
import { exponentialDecay, linearDecay } from './time-decay.ts'
import { averageUniqueness } from './uniqueness.ts'

/** What weights are made of: the labels of some rows. */
interface WeightSource {
  readonly spans: LabelSpans
  /** Decision moment of each label. */
  readonly time: Float64Array
  readonly uniqueness: () => Float64Array
  readonly barReturns: () => Float64Array
}

export interface SampleWeightKind extends TextForm {
  readonly doc: string
  weigh(source: WeightSource, spec: AnySpec): Float64Array
}

const noFields = { fields: [], entry: 'close' } as const

export const sampleWeightKinds: readonly SampleWeightKind[] = [
  {
    ...{ name: 'uniform', ...noFields, example: 'uniform' },
    doc: '1 for every row.',
    weigh: ({ time }) => new Float64Array(time.length).fill(1),
  },
  {
    ...{ name: 'uniqueness', ...noFields, example: 'uniqueness' },
    doc: 'Average uniqueness: the mean over the label’s bars of 1 / (labels of the symbol that span the bar).',
    weigh: ({ uniqueness }) => uniqueness(),
  },
  {
    ...{ name: 'return', ...noFields, example: 'return' },
    doc: 'Size of the log return of the label’s bars, each bar’s shared among the labels that span it. Needs stored bars.',
    weigh: ({ spans, barReturns }) => returnAttribution(spans, barReturns()),
  },
  {
    name: 'decay',
    fields: [{ name: 'halfLife', symbol: 'HALF_LIFE', integer: false, min: 0, max: 10_000_000 }],
    ...{ entry: 'close', example: 'decay:250' },
    doc: 'Half the weight every HALF_LIFE moments back from the newest training row.',
    fault: ({ halfLife }) => (Number(halfLife) > 0 ? undefined : 'HALF_LIFE above 0'),
    weigh: ({ time }, { halfLife }) => exponentialDecay(time, Number(halfLife)),
  },
  {
    name: 'linear-decay',
    fields: [{ name: 'oldest', symbol: 'OLDEST', integer: false, min: -1, max: 1 }],
    ...{ entry: 'close', example: 'linear-decay:0.5' },
    doc: 'Falls in a straight line, in cumulated uniqueness, from 1 at the newest row to OLDEST before the first; below 0 the oldest share of −OLDEST weighs nothing.',
    fault: ({ oldest }) => (Number(oldest) > -1 ? undefined : 'OLDEST above -1'),
    weigh: ({ time, uniqueness }, { oldest }) => linearDecay(time, uniqueness(), Number(oldest)),
  },
]

export interface SampleWeights {
  /** Canonical text; equal text means equal weights. */
  readonly text: string
  readonly factors: readonly { readonly kind: string; readonly spec: AnySpec }[]
}

/** How the text is built, for help and errors. */
export const sampleWeightsGrammar = `${sampleWeightKinds.map(grammarOf).join(' | ')}, or a product such as uniqueness*decay:250`

/**
 * @throws UNKNOWN_NAME for a kind that is in no table, with the grammar of all; INVALID_VALUE for fields that its grammar does not allow, a kind given twice,
 *   or `uniform` in a product.
 * @example parseSampleWeights('decay:250.0*uniqueness').text → 'uniqueness*decay:250'
 */
export function parseSampleWeights(text: string): SampleWeights {
  const given = text.split('*').map((part) => {
    const kind = findForm('kind of sample weights', sampleWeightKinds, part)
    return { kind, spec: parseForm('sampleWeights', kind, part) }
  })
  const factors = sampleWeightKinds.flatMap((kind) => given.filter((one) => one.kind === kind))
  const names = new Set(factors.map(({ kind }) => kind.name))
  if (names.size < factors.length || (factors.length > 1 && names.has('uniform')))
    throw invalid('sampleWeights', 'a product of different kinds, without uniform', text)
  return Object.freeze({
    text: factors.map(({ kind, spec }) => formatForm(kind, spec)).join('*'),
    factors: factors.map(({ kind, spec }) => ({ kind: kind.name, spec })),
  })
}

/**
 * One weight for each of `rows`, mean 1. Only the labels of these rows are looked at: hand in training rows, and validation rows have no part in it.
 *
 * @param own Weights that the rows have already, which multiply.
 * @param barReturns Log return of the bar of each row of the table.
 * @throws INVALID_VALUE where `return` is asked for without `barReturns`; BAD_DATA where all weights are 0.
 */
export function sampleWeights(
  { text, factors }: SampleWeights,
  table: LabelTable,
  {
    rows,
    own,
    barReturns,
  }: {
    readonly rows: Int32Array
    readonly own?: Float64Array
    readonly barReturns?: (() => Float64Array) | undefined
  },
): Float64Array {
  const spans = labelSpans(table, rows)
  let unique: Float64Array | undefined
  const source: WeightSource = {
    spans,
    time: Float64Array.from(rows, (row) => table.time[row]!),
    uniqueness: () => (unique ??= averageUniqueness(spans)),
    barReturns: () => {
      if (barReturns !== undefined) return barReturns()
      const expected = 'weights that need no prices, which rows from a file do not have'
      throw invalid('sampleWeights', expected, text, 'Choose uniqueness.')
    },
  }
  const weights = Float64Array.from(rows, (_, label) => own?.[label] ?? 1)
  for (const { kind, spec } of factors) {
    const factor = findForm('kind of sample weights', sampleWeightKinds, kind).weigh(source, spec)
    for (let label = 0; label < weights.length; label++) weights[label]! *= factor[label]!
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (!(total > 0)) {
    const reason = `the weights of all ${rows.length} training rows are 0, so nothing can be learned. Choose others.`
    throw new QuorumError('BAD_DATA', { source: `sample weights ${text}`, reason })
  }
  return weights.map((weight) => (weight * weights.length) / total)
}
