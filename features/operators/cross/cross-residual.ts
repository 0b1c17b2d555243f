/**
 * Neutralises a value against an exposure: what the least-squares line over the symbols of the moment leaves. Against several
 * exposures it is nested, each exposure freed of those before it first (Frisch and Waugh 1933):
 * `CSResidual(CSResidual(y, a), CSResidual(b, a))` is the residual of y on a and b.
 */
import type { CrossOperator } from '../../operator.ts'
import { demeaned } from './cross-section.ts'

export const crossResidual: CrossOperator = {
  name: 'CSResidual',
  scope: 'cross',
  params: [],
  arity: 2,
  inputs: ['y', 'x'],
  doc: 'What is left of y after its least-squares line, with intercept, on the exposure x over the symbols of the moment that have both; NaN where the exposure does not vary.',
  evaluate([y, x], _groups, _params, out) {
    out.fill(NaN)
    const rows = Array.from(y!.keys()).filter((row) => y![row] === y![row] && x![row] === x![row])
    const exposures = Float64Array.from(rows, (row) => x![row]!)
    // Equal exposures leave rounding, not spread.
    if (exposures.every((exposure) => exposure === exposures[0])) return
    const dx = demeaned(exposures)
    const dy = demeaned(Float64Array.from(rows, (row) => y![row]!))
    let cross = 0
    let spread = 0
    dx.forEach((deviation, k) => {
      cross += deviation * dy[k]!
      spread += deviation * deviation
    })
    const slope = cross / spread
    rows.forEach((row, k) => {
      const rest = dy[k]! - slope * dx[k]!
      out[row] = Number.isFinite(rest) ? rest : NaN
    })
  },
}
