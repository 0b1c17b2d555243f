/**
 * Meta-label: whether a bet on a given side earned anything. López de Prado, "Advances in Financial Machine Learning" (2018), sections 3.6 and 3.7: one model says the
 * side, a second one learns when to act on it.
 *
 * The text form knows two rules for the side, which a formula of past closes gives. `metaLabels` takes the sides of any other primary model.
 */
import { numberColumn, type Frame } from '../../../core/frame.ts'
import { barVolatility } from '../bar-volatility.ts'
import { barrierExits } from '../barrier-exits.ts'
import { barrierFault, downField, horizonField, upField, volatilityField } from '../fields.ts'
import { seriesLabel, type LabelColumns } from '../label.ts'

const rules = ['momentum', 'reversal'] as const

export interface MetaOptions {
  readonly horizon: number
  /** Profit barrier and stop of the bet, in volatilities of one bar; 0 leaves it out. */
  readonly up: number
  readonly down: number
  readonly volatilityBars: number
}

export const meta = seriesLabel({
  name: 'meta',
  fields: [
    { name: 'rule', symbol: 'RULE', words: rules },
    { name: 'lookback', symbol: 'L', integer: true, min: 1, max: 99_999 },
    horizonField,
    upField,
    downField,
    volatilityField,
  ],
  ...{ entry: 'open', example: 'meta:momentum:20:10:2:2' },
  doc: '1 where a bet on the side of RULE, entered at open[t+1] with profit barrier UP·σ, stop DOWN·σ and limit H as for `barrier`, earns more than 0, else 0. The side is the sign of close[t] / close[t−L] − 1 (momentum), or its opposite (reversal); NaN where it is 0 or unknown.',
  known: 'close of the bar that ended the bet, at most bar t+H',
  directional: false,
  horizon: ({ horizon }) => horizon,
  barsAhead: ({ horizon }) => horizon,
  barsBefore: ({ lookback, volatilityBars }) => Math.max(lookback, volatilityBars),
  fault: barrierFault,
  columns: (bars, spec) => metaLabels(bars, momentumSide(bars, spec), spec),
})

/**
 * Meta-labels of any primary model: 1 where the bet earned more than 0, else 0; NaN without a bet, without volatility, or before the bet's end.
 *
 * @param side 1 long, −1 short, 0 or NaN no bet; one a bar, known at its close. A side that knows later bars makes a label that cannot be had.
 */
export function metaLabels(
  bars: Frame,
  side: Float64Array,
  { volatilityBars, ...barriers }: MetaOptions,
): LabelColumns {
  const volatility = barVolatility(bars, volatilityBars)
  const { earned, labelEnd } = barrierExits(bars, { ...barriers, volatility, side })
  for (let row = 0; row < earned.length; row++) {
    const value = earned[row]!
    if (value === value) earned[row] = value > 0 ? 1 : 0
  }
  return { y: earned, labelEnd }
}

function momentumSide(
  bars: Frame,
  { rule, lookback }: { readonly rule: (typeof rules)[number]; readonly lookback: number },
): Float64Array {
  const close = numberColumn(bars, 'close')
  const side = new Float64Array(bars.length).fill(NaN)
  const sign = rule === 'momentum' ? 1 : -1
  for (let row = lookback; row < side.length; row++) {
    const [before, now] = [close[row - lookback]!, close[row]!]
    if (before > 0 && now > 0) side[row] = sign * Math.sign(now - before)
  }
  return side
}
