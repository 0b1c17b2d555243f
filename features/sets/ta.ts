/**
 * The set `ta`: indicators of technical analysis made free of scale, so that symbols can share a model: prices as distances from
 * the close over the close, oscillators in 0 … 1 or −1 … 1, candlesticks as they are.
 */
import { apply, column, type Expression } from '../expression/expression.ts'
import type { Feature, FeatureSet } from '../feature-set.ts'

const open = column('open')
const high = column('high')
const low = column('low')
const close = column('close')
const volume = column('volume')
const bar = [high, low, close] as const

type Argument = Expression | number

const ratio = (a: Argument, b: Argument): Expression => apply('Div', a, b)
/** How far the close is above a price, over the close. */
const below = (price: Expression): Expression => apply('Sub', 1, ratio(price, close))
const hundredth = (value: Expression): Expression => ratio(value, 100)
const ofClose = (value: Expression): Expression => ratio(value, close)
/** An oscillator of 0 … 100 as −1 … 1. */
const centred = (value: Expression): Expression => apply('Sub', ratio(value, 50), 1)
/** The change of a running total over `bars`, over the volume of as many. */
const flow = (total: Expression, bars: number): Expression =>
  ratio(apply('Delta', total, bars), apply('Sum', volume, bars))
const shape = (name: string): Expression => apply(name, open, ...bar)

const feature = (name: string, expression: Expression, doc: string): Feature => ({
  name,
  expression,
  doc,
})

const averages = [
  feature('sma_20', below(apply('Mean', close, 20)), 'Close above its 20-bar mean.'),
  feature('sma_50', below(apply('Mean', close, 50)), 'Close above its 50-bar mean.'),
  feature('ema_20', below(apply('EMA', close, 20)), 'Close above its 20-bar exponential mean.'),
  feature('wma_20', below(apply('WMA', close, 20)), 'Close above its 20-bar weighted mean.'),
  feature('hma_20', below(apply('HMA', close, 20)), 'Close above its 20-bar Hull mean.'),
  feature('trima_20', below(apply('TRIMA', close, 20)), 'Close above its 20-bar triangular mean.'),
  feature('tema_20', below(apply('TEMA', close, 20)), 'Close above its 20-bar TEMA.'),
  feature('t3_5', below(apply('T3', close, 5)), 'Close above its 5-bar Tillson mean.'),
]

const momentum = [
  feature('rsi_14', centred(apply('RSI', close, 14)), 'Relative strength over 14 bars, −1 … 1.'),
  feature('rsi_2', centred(apply('RSI', close, 2)), 'Relative strength over 2 bars, −1 … 1.'),
  feature(
    'stoch_k',
    centred(apply('Stoch.k', ...bar, 14, 3, 3)),
    'Slow stochastic over 14 bars, −1 at the low, 1 at the high.',
  ),
  feature(
    'stoch_spread',
    hundredth(apply('Sub', apply('Stoch.k', ...bar, 14, 3, 3), apply('Stoch.d', ...bar, 14, 3, 3))),
    'Slow stochastic less its mean of 3 bars, over 100.',
  ),
  feature(
    'stoch_rsi',
    centred(apply('StochRSI.d', close, 14, 14, 3)),
    'Where the relative strength stands in its range of 14 bars, mean of 3, −1 … 1.',
  ),
  feature('macd', ofClose(apply('MACD.macd', close)), 'MACD 12/26 over the close.'),
  feature(
    'macd_histogram',
    ofClose(apply('MACD.histogram', close)),
    'MACD less its signal line, over the close.',
  ),
  feature('ppo', hundredth(apply('PPO', close)), '12-bar over 26-bar exponential mean, less 1.'),
  feature('roc_10', hundredth(apply('ROC', close, 10)), 'Return over 10 bars.'),
  feature('roc_60', hundredth(apply('ROC', close, 60)), 'Return over 60 bars.'),
  feature('trix_15', hundredth(apply('TRIX', close, 15)), 'Return of a triple exponential mean.'),
  feature('cci_20', hundredth(apply('CCI', ...bar, 20)), 'Commodity channel index over 100.'),
  feature('willr_14', hundredth(apply('WillR', ...bar, 14)), 'Williams %R, −1 … 0.'),
  feature('ultosc', centred(apply('UltOsc', ...bar)), 'Ultimate oscillator, −1 … 1.'),
  feature('cmo_14', hundredth(apply('CMO', close, 14)), 'Chande momentum, −1 … 1.'),
  feature('bop', apply('BOP', open, ...bar), 'Close less open over the range of the bar.'),
]

const trend = [
  feature('adx_14', hundredth(apply('ADX', ...bar, 14)), 'Strength of the trend, 0 … 1.'),
  feature(
    'di_spread_14',
    hundredth(apply('Sub', apply('PlusDI', ...bar, 14), apply('MinusDI', ...bar, 14))),
    'Upward less downward directional movement, over the true range.',
  ),
  feature('aroon_25', hundredth(apply('AroonOsc', high, low, 25)), 'Aroon oscillator, −1 … 1.'),
  feature(
    'sar',
    below(apply('SAR', high, low)),
    'Close above the parabolic stop; negative: short.',
  ),
  feature(
    'supertrend',
    below(apply('Supertrend.value', ...bar)),
    'Close above the supertrend band; negative: down.',
  ),
  feature(
    'ichimoku_kijun',
    below(apply('Ichimoku.kijun', high, low)),
    'Close above the 26-bar middle.',
  ),
  feature(
    'ichimoku_cloud',
    ofClose(
      apply('Sub', apply('Ichimoku.senkouA', high, low), apply('Ichimoku.senkouB', high, low)),
    ),
    'First span less the second, as computed at the bar, over the close.',
  ),
]

const bands = [
  feature(
    'bollinger_position',
    ratio(
      apply('Sub', close, apply('BBands.middle', close)),
      apply('Sub', apply('BBands.upper', close), apply('BBands.middle', close)),
    ),
    'Close within the 20-bar Bollinger bands, −1 at the lower, 1 at the upper.',
  ),
  feature(
    'bollinger_width',
    ratio(
      apply('Sub', apply('BBands.upper', close), apply('BBands.lower', close)),
      apply('BBands.middle', close),
    ),
    'Width of the Bollinger bands over their middle.',
  ),
  feature(
    'keltner_position',
    ratio(
      apply('Sub', close, apply('Keltner.middle', ...bar)),
      apply('Sub', apply('Keltner.upper', ...bar), apply('Keltner.middle', ...bar)),
    ),
    'Close within the Keltner channel, −1 at the lower, 1 at the upper line.',
  ),
  feature(
    'donchian_position',
    ratio(
      apply('Sub', close, apply('Donchian.lower', high, low)),
      apply('Sub', apply('Donchian.upper', high, low), apply('Donchian.lower', high, low)),
    ),
    'Close within the range of 20 bars, 0 … 1.',
  ),
  feature('natr_14', hundredth(apply('NATR', ...bar, 14)), 'Average true range over the close.'),
  feature(
    'true_range',
    ratio(apply('TrueRange', ...bar), apply('ATR', ...bar, 14)),
    'True range of the bar over its average.',
  ),
]

const volumes = [
  feature('mfi_14', centred(apply('MFI', ...bar, volume, 14)), 'Money flow index, −1 … 1.'),
  feature(
    'obv_20',
    flow(apply('OBV', close, volume), 20),
    'On-balance volume of 20 bars over their volume, −1 … 1.',
  ),
  feature(
    'ad_20',
    flow(apply('AD', ...bar, volume), 20),
    'Accumulation of 20 bars over their volume, −1 … 1.',
  ),
  feature(
    'adosc',
    ratio(apply('ADOSC', ...bar, volume), apply('Mean', volume, 10)),
    'Chaikin oscillator over the mean volume of 10 bars.',
  ),
  feature(
    'vwap_20',
    below(apply('VWAP', ...bar, volume, 20)),
    'Close above the volume-weighted price of 20 bars.',
  ),
]

const candles = [
  feature('doji', shape('CdlDoji'), 'Open and close about equal.'),
  feature('hammer', shape('CdlHammer'), 'Hammer.'),
  feature('hanging_man', shape('CdlHangingMan'), 'Hanging man.'),
  feature('engulfing', shape('CdlEngulfing'), 'Engulfing, with its sign.'),
  feature('harami', shape('CdlHarami'), 'Harami, with its sign.'),
  feature('marubozu', shape('CdlMarubozu'), 'Long body without shadows, with its sign.'),
  feature(
    'star',
    apply('Add', shape('CdlMorningStar'), shape('CdlEveningStar')),
    'Morning less evening star.',
  ),
]

export const ta: FeatureSet = {
  name: 'ta',
  version: 1,
  emitPartial: false,
  features: [...averages, ...momentum, ...trend, ...bands, ...volumes, ...candles],
}
