/** Labels by their text: parsing, formatting, and columns from bars. */
import { check } from '../../core/checks.ts'
import type { Frame } from '../../core/frame.ts'
import { labelKinds } from './kinds/index.ts'
import type { Label, LabelColumns, LabelKind } from './label.ts'
import { findForm, formatForm, parseForm } from './text-form.ts'

export { labelKinds } from './kinds/index.ts'
export { metaLabels, type MetaOptions } from './kinds/meta.ts'
export type { Label, LabelColumns, LabelKind } from './label.ts'
export { grammarOf } from './text-form.ts'

/**
 * @throws UNKNOWN_NAME for a kind that is in no table, with the grammar of all; INVALID_VALUE for fields that its grammar does not allow.
 * @example parseLabel('barrier:10:2.0:2').text → 'barrier:10:2:2'
 */
export function parseLabel(text: string): Label {
  const kind = findForm('label kind', labelKinds, text)
  const spec = parseForm('label', kind, text)
  return Object.freeze({
    kind: kind.name,
    spec,
    text: formatForm(kind, spec),
    scope: kind.scope,
    price: spec.price,
    horizon: kind.horizon(spec),
    barsAhead: kind.barsAhead(spec),
    barsBefore: kind.barsBefore?.(spec) ?? 0,
    directional: kind.directional,
  })
}

/** The canonical text of a label. */
export function formatLabel({ text }: Label): string {
  return text
}

/**
 * Labels of one symbol's bars; rows are bars.
 *
 * @throws INVALID_VALUE for a label that compares symbols.
 */
export function labelColumns(bars: Frame, label: Label): LabelColumns {
  const kind = kindOf(label)
  const remedy = 'Give the bars of all symbols.'
  check(kind.scope === 'series', 'label', 'one of a single symbol', label.text, remedy)
  return kind.columns(bars, label.spec)
}

/**
 * Labels of several symbols, one pair of columns each, in their order.
 *
 * @throws INVALID_VALUE for a label that compares symbols and fewer than two of them.
 */
export function labelPanel(bars: readonly Frame[], label: Label): readonly LabelColumns[] {
  const kind = kindOf(label)
  if (kind.scope === 'panel') return kind.panel(bars, label.spec)
  return bars.map((frame) => kind.columns(frame, label.spec))
}

function kindOf(label: Label): LabelKind {
  return findForm('label kind', labelKinds, label.kind)
}
