/**
 * The set `base`: scale-free features of one symbol's daily or intraday bars. Every ratio is against a price or volume of the
 * same symbol, so that symbols can share a model.
 */
import { apply, column, type Expression } from '../expression/expression.ts'
import type { Feature, FeatureSet } from '../feature-set.ts'

const high = column('high')
const low = column('low')
const close = column('close')
const volume = column('volume')

const ratio = (a: Expression, b: Expression): Expression => apply('Div', a, b)
const excess = (a: Expression, b: Expression): Expression => apply('Sub', ratio(a, b), 1)
const change = (bars: number): Expression => excess(close, apply('Ref', close, bars))
const returns = change(1)
const volatility = (window: number): Expression => apply('Std', returns, window)
const macd = apply('Sub', apply('EMA', close, 12), apply('EMA', close, 26))
const middle = apply('Mean', close, 20)
const spread = apply('Std', close, 20)

const feature = (name: string, expression: Expression, doc: string): Feature => ({
  name,
  expression,
  doc,
})

export const base: FeatureSet = {
  name: 'base',
  version: 1,
  emitPartial: false,
  features: [
    feature('reversal_1', returns, 'Return of the newest bar.'),
    feature('momentum_5', change(5), 'Return over 5 bars.'),
    feature('momentum_20', change(20), 'Return over 20 bars.'),
    feature('momentum_60', change(60), 'Return over 60 bars.'),
    feature(
      'momentum_acceleration',
      apply('Delta', change(20), 5),
      'Change of momentum_20 over 5 bars.',
    ),
    feature('volatility_20', volatility(20), 'Realised volatility of bar returns over 20 bars.'),
    feature(
      'volatility_ratio',
      ratio(volatility(5), volatility(60)),
      'Short over long realised volatility.',
    ),
    feature(
      'volatility_clustering',
      apply('Corr', apply('Abs', returns), apply('Ref', apply('Abs', returns), 1), 40),
      'Autocorrelation of absolute returns over 40 bars.',
    ),
    feature(
      'relative_volume_20',
      ratio(volume, apply('Mean', volume, 20)),
      'Volume over its 20-bar mean.',
    ),
    feature(
      'volume_trend',
      excess(apply('Mean', volume, 5), apply('Mean', volume, 20)),
      '5-bar over 20-bar mean volume, less 1.',
    ),
    feature('average_distance_20', excess(close, middle), 'Close over its 20-bar mean, less 1.'),
    feature(
      'average_distance_60',
      excess(close, apply('Mean', close, 60)),
      'Close over its 60-bar mean, less 1.',
    ),
    feature(
      'average_cross',
      excess(apply('Mean', close, 5), middle),
      '5-bar over 20-bar mean, less 1.',
    ),
    feature(
      'support_distance_20',
      excess(close, apply('Min', low, 20)),
      'Close over the 20-bar low, less 1.',
    ),
    feature(
      'resistance_distance_20',
      excess(close, apply('Max', high, 20)),
      'Close over the 20-bar high, less 1; at most 0.',
    ),
    feature(
      'rsi_14',
      apply('Div', apply('RSI', close, 14), 100),
      'Relative strength index over 14 bars, in 0 … 1.',
    ),
    feature('macd', ratio(macd, close), 'MACD 12/26 over the close.'),
    feature(
      'macd_histogram',
      ratio(apply('Sub', macd, apply('EMA', macd, 9)), close),
      'MACD less its 9-bar exponential mean, over the close.',
    ),
    feature(
      'bollinger_position',
      ratio(apply('Sub', close, middle), apply('Mul', spread, 2)),
      'Close within the 20-bar bands of two deviations: −1 at the lower, 1 at the upper.',
    ),
    feature(
      'bollinger_width',
      ratio(apply('Mul', spread, 4), middle),
      'Width of those bands over their middle.',
    ),
    feature(
      'atr_14',
      ratio(apply('ATR', high, low, close, 14), close),
      'Average true range over 14 bars, over the close.',
    ),
    feature(
      'range',
      ratio(apply('Sub', high, low), close),
      'High less low of the newest bar, over the close.',
    ),
  ],
}
