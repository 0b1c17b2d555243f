/**
 * Label: what a model is asked to foretell, with the moment at which it is known. A kind of label is one entry of a table: its text form as data, and one
 * function from bars to columns.
 *
 * Look-ahead rule: a label is the only thing that may read later bars, and `labelEnd` says until when. Bars after `labelEnd` have no part in it, and without
 * the bars up to `labelEnd` it is unknown (NaN).
 */
import type { Frame } from '../../core/frame.ts'
import type { AnySpec, Field, Price, SpecOf, TextForm } from './text-form.ts'

export interface LabelColumns {
  /** NaN where the bars that decide the label are not there, or a price it needs is not positive. */
  readonly y: Float64Array
  /** Moment at which the label was known, milliseconds; NaN where `y` is. */
  readonly labelEnd: Float64Array
}

interface LabelKindBase<Spec extends AnySpec> extends TextForm {
  /** Formula, unit, NaN policy, source. */
  readonly doc: string
  /** When it is known. */
  readonly known: string
  /** Whether the sign of a label is a direction of the price, so that a session may trade it. */
  readonly directional: boolean
  /** Bars that a position on the label is held, at most. */
  horizon(spec: Spec): number
  /** Greatest number of bars after the decision that are read. */
  barsAhead(spec: Spec): number
  /** Bars before the decision that the label needs, for volatility or a side; default 0. */
  barsBefore?(spec: Spec): number
  fault?(spec: Spec): string | undefined
}

/** A label of one symbol's own bars. */
export interface SeriesLabelKind<Spec extends AnySpec = AnySpec> extends LabelKindBase<Spec> {
  readonly scope: 'series'
  columns(bars: Frame, spec: Spec): LabelColumns
}

/** A label that compares the symbols of a moment: the columns of each, in their order. */
export interface PanelLabelKind<Spec extends AnySpec = AnySpec> extends LabelKindBase<Spec> {
  readonly scope: 'panel'
  panel(bars: readonly Frame[], spec: Spec): readonly LabelColumns[]
}

export type LabelKind = SeriesLabelKind | PanelLabelKind

/** One label: a kind and its fields. Plain data. */
export interface Label {
  readonly kind: string
  readonly spec: AnySpec
  /** Canonical text; equal text means equal label. */
  readonly text: string
  readonly scope: 'series' | 'panel'
  /** The price at which it starts. */
  readonly price: Price
  readonly horizon: number
  readonly barsAhead: number
  readonly barsBefore: number
  readonly directional: boolean
}

/** Types the spec of a table entry from its fields. */
export function seriesLabel<const Fields extends readonly Field[]>(
  kind: Omit<SeriesLabelKind<SpecOf<Fields>>, 'scope' | 'fields'> & { readonly fields: Fields },
): SeriesLabelKind<SpecOf<Fields>> {
  return { ...kind, scope: 'series' }
}

export function panelLabel<const Fields extends readonly Field[]>(
  kind: Omit<PanelLabelKind<SpecOf<Fields>>, 'scope' | 'fields'> & { readonly fields: Fields },
): PanelLabelKind<SpecOf<Fields>> {
  return { ...kind, scope: 'panel' }
}

/** The two columns, unknown everywhere. */
export function unknownLabels(length: number): LabelColumns {
  return { y: new Float64Array(length).fill(NaN), labelEnd: new Float64Array(length).fill(NaN) }
}
