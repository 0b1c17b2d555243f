/**
 * The set `micro`: how a symbol trades rather than where its price goes. Volatility by six estimators and against itself, liquidity,
 * the shape and the memory of returns, and the regime, from bars alone. Every feature is a ratio, a share, a score or a code, so that
 * symbols can share a model.
 */
import { apply, column, type Expression } from '../expression/expression.ts'
import type { Feature, FeatureSet } from '../feature-set.ts'
import { minus, over, times } from './arithmetic.ts'

const open = column('open')
const high = column('high')
const low = column('low')
const close = column('close')
const volume = column('volume')

const logClose = apply('Log', close)
const returns = apply('Delta', logClose, 1)
const sizes = apply('Abs', returns)
const money = times(close, volume)
const logMoney = apply('SignedLog', money)
const realised = (window: number): Expression => apply('RealizedVol', close, window)
const prices = [open, high, low, close]
const yangZhang = apply('YangZhang', ...prices, 20)
const bipower = apply('BipowerVariation', close, 20)
const variance = times(realised(20), realised(20))
const amihud = (window: number): Expression => apply('Amihud', close, volume, window)
const square = (x: Expression): Expression => times(x, x)
const placeInBar = over(minus(times(2, close), apply('Add', high, low)), minus(high, low))
const downside = apply('Less', returns, 0)
const regime = (output: string): Expression => apply(`Regime.${output}`, high, low, close, 20, 100)

const feature = (name: string, expression: Expression, doc: string): Feature => ({
  name,
  expression,
  doc,
})

const volatility: readonly Feature[] = [
  feature('realised_20', realised(20), 'Realised volatility of a bar over 20 bars.'),
  feature('ewma', apply('EWMAVol', close, 0.94), 'RiskMetrics volatility of a bar, λ 0.94.'),
  feature('yang_zhang_20', yangZhang, 'Yang-Zhang volatility of a bar over 20 bars.'),
  feature(
    'parkinson_share',
    over(apply('Parkinson', high, low, 20), realised(20)),
    'Volatility from ranges over that from closes: below 1 where price jumps between bars.',
  ),
  feature(
    'garman_klass_share',
    over(apply('GarmanKlass', ...prices, 20), yangZhang),
    'Volatility within bars over that with the gaps between them.',
  ),
  feature(
    'drift_share',
    over(apply('RogersSatchell', ...prices, 20), apply('GarmanKlass', ...prices, 20)),
    'Volatility free of drift over that which counts drift: below 1 in a trend within bars.',
  ),
  feature(
    'jump_share',
    apply('Greater', minus(1, over(bipower, variance)), 0),
    'Share of the 20-bar variance that came in jumps: 1 − bipower over realised, at least 0.',
  ),
  feature(
    'volatility_term',
    over(realised(5), realised(60)),
    'Volatility over 5 bars over that over 60.',
  ),
  feature(
    'volatility_score',
    apply('ZScore', apply('Log', realised(20)), 120),
    'ln of 20-bar volatility in standard deviations from its mean over 120 bars.',
  ),
  feature(
    'volatility_of_volatility',
    over(apply('Std', realised(5), 40), apply('Mean', realised(5), 40)),
    'Variation of 5-bar volatility over 40 bars.',
  ),
  feature(
    'downside_share',
    over(apply('Mean', square(downside), 40), square(realised(40))),
    'Share of the 40-bar variance that came in falls.',
  ),
  feature(
    'range_place',
    over(minus(apply('Log', high), apply('Log', low)), apply('Parkinson', high, low, 20)),
    'ln range of the newest bar over 20-bar range volatility.',
  ),
]

const liquidity: readonly Feature[] = [
  feature(
    'amihud_term',
    apply('Log', over(amihud(5), amihud(60))),
    'ln of price impact over 5 bars over that over 60 (Amihud).',
  ),
  feature(
    'amihud_score',
    apply('ZScore', apply('Log', amihud(20)), 120),
    'ln of 20-bar price impact in standard deviations from its mean over 120 bars.',
  ),
  feature(
    'corwin_schultz_20',
    apply('CorwinSchultz', high, low, close, 20),
    'Spread from highs and lows over 20 bars, as a share of price.',
  ),
  feature(
    'bounce',
    apply('AutoCorr', returns, 1, 40),
    'Lag-one autocorrelation of returns over 40 bars: below 0 where price bounces between bid and ask.',
  ),
  feature(
    'kyle_impact',
    over(
      times(apply('KyleLambda', close, volume, 60), apply('Mean', volume, 60)),
      times(close, realised(60)),
    ),
    'Price impact of a mean bar of signed volume, in volatilities (Kyle).',
  ),
  feature(
    'volume_score',
    apply('ZScore', logMoney, 60),
    'ln of money traded in standard deviations from its mean over 60 bars.',
  ),
  feature(
    'signed_volume_20',
    over(apply('Sum', apply('SignedVolume', close, volume), 20), apply('Sum', volume, 20)),
    'Volume of rising bars less that of falling ones, over all of it, over 20 bars (tick rule).',
  ),
  feature(
    'volume_return',
    apply('Corr', sizes, logMoney, 40),
    'Correlation of the size of returns and ln money traded over 40 bars.',
  ),
  feature(
    'close_in_bar_10',
    apply('Mean', apply('If', apply('Gt', high, low), placeInBar, 0), 10),
    'Mean place of the close in its bar over 10 bars: −1 at the low, 1 at the high, 0 without a range.',
  ),
]

const shape: readonly Feature[] = [
  feature('skew_60', apply('Skew', returns, 60), 'Skewness of returns over 60 bars.'),
  feature('kurtosis_60', apply('Kurt', returns, 60), 'Excess kurtosis of returns over 60 bars.'),
  feature(
    'tail_weight',
    over(times(1.4826, apply('MedAD', returns, 60)), apply('Std', returns, 60)),
    'Robust over standard deviation of returns over 60 bars: 1 for a normal distribution, less with heavy tails.',
  ),
  feature(
    'return_score',
    apply('ZScore', returns, 20),
    'Newest return in standard deviations from its mean over 20 bars.',
  ),
  feature(
    'entropy_60',
    apply('Entropy', returns, 60, 8),
    'Entropy of returns over 60 bars in 8 bins: 1 spread evenly.',
  ),
  feature(
    'clustering',
    apply('AutoCorr', sizes, 1, 60),
    'Lag-one autocorrelation of the size of returns over 60 bars.',
  ),
  feature(
    'leverage',
    apply('Corr', apply('Ref', returns, 1), sizes, 60),
    'Correlation of a return with the size of the next over 60 bars: below 0 where falls bring volatility.',
  ),
]

const memory: readonly Feature[] = [
  feature(
    'variance_ratio_5',
    apply('VarianceRatio', logClose, 5, 60),
    'Variance ratio at 5 of 60.',
  ),
  feature('hurst_100', apply('Hurst', logClose, 100, 16), 'Hurst exponent over 100 bars.'),
  feature(
    'memory_level',
    apply('ZScore', apply('FracDiff', logClose, 0.4, 50), 60),
    'ln close differenced to the order 0.4, in standard deviations from its mean over 60 bars.',
  ),
  feature('drawdown_60', apply('Drawdown', close, 60), 'Close below its 60-bar top, as a share.'),
  feature(
    'drawdown_depth',
    over(apply('MaxDrawdown', close, 60), realised(60)),
    'Deepest fall within 60 bars, in volatilities of a bar.',
  ),
  feature('streak', apply('Streak', returns, 10), 'Rises in a row, falls below 0, at most 10.'),
  feature('regime', regime('code'), 'Regime of 20 bars, 1 … 7.'),
  feature('regime_trend', regime('trend'), 'Drift of 20 bars in standard errors.'),
  feature(
    'regime_volatility',
    regime('volatility'),
    'Range volatility of 20 bars over the median of its past.',
  ),
]

export const micro: FeatureSet = {
  name: 'micro',
  version: 1,
  emitPartial: false,
  features: [...volatility, ...liquidity, ...shape, ...memory],
}
