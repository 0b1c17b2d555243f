/**
 * The set `alpha158`: the 158 features of qlib's `Alpha158DL` (microsoft/qlib, MIT), in its order and names: nine shapes of the
 * bar, four prices, and 29 rolling statistics over 5, 10, 20, 30 and 60 bars, from partial windows on as there.
 *
 * Differences: a bar without a volume-weighted price has (high + low + close) / 3 in its place, and a correlation is missing where
 * a column does not vary at all, not where its deviation is below 2e-5 whatever the scale.
 */
import { apply, column, type Expression } from '../expression/expression.ts'
import type { Feature, FeatureSet } from '../feature-set.ts'
import { minus, over, plus, times } from './arithmetic.ts'
import { tradedPrice } from './traded-price.ts'

const open = column('open')
const high = column('high')
const low = column('low')
const close = column('close')
const volume = column('volume')
const tiny = 1e-12

const ref = (x: Expression, bars: number): Expression => apply('Ref', x, bars)
const range = plus(minus(high, low), tiny)
const upperBody = apply('Greater', open, close)
const lowerBody = apply('Less', open, close)
const centre = minus(minus(times(2, close), high), low)
const change = minus(close, ref(close, 1))
const fall = minus(ref(close, 1), close)
const volumeChange = minus(volume, ref(volume, 1))
const volumeFall = minus(ref(volume, 1), volume)
const weighted = times(apply('Abs', minus(over(close, ref(close, 1)), 1)), volume)
const rises = apply('Gt', close, ref(close, 1))
const falls = apply('Lt', close, ref(close, 1))

const bar: readonly Feature[] = [
  { name: 'KMID', expression: over(minus(close, open), open), doc: 'Body over the open.' },
  { name: 'KLEN', expression: over(minus(high, low), open), doc: 'Range over the open.' },
  { name: 'KMID2', expression: over(minus(close, open), range), doc: 'Body over the range.' },
  { name: 'KUP', expression: over(minus(high, upperBody), open), doc: 'Upper shadow, of open.' },
  { name: 'KUP2', expression: over(minus(high, upperBody), range), doc: 'The same, of range.' },
  { name: 'KLOW', expression: over(minus(lowerBody, low), open), doc: 'Lower shadow, of open.' },
  { name: 'KLOW2', expression: over(minus(lowerBody, low), range), doc: 'The same, of range.' },
  { name: 'KSFT', expression: over(centre, open), doc: 'Close off the middle, of open.' },
  { name: 'KSFT2', expression: over(centre, range), doc: 'The same, of range.' },
  { name: 'OPEN0', expression: over(open, close), doc: 'Open over the close.' },
  { name: 'HIGH0', expression: over(high, close), doc: 'High over the close.' },
  { name: 'LOW0', expression: over(low, close), doc: 'Low over the close.' },
  {
    name: 'VWAP0',
    expression: over(tradedPrice, close),
    doc: 'Volume-weighted price over the close.',
  },
]

const share = (part: Expression, of: Expression, window: number): Expression =>
  over(apply('Sum', part, window), plus(apply('Sum', apply('Abs', of), window), tiny))
const balance = (up: Expression, down: Expression, of: Expression, window: number): Expression =>
  over(
    minus(apply('Sum', up, window), apply('Sum', down, window)),
    plus(apply('Sum', apply('Abs', of), window), tiny),
  )
const positive = (x: Expression): Expression => apply('Greater', x, 0)
const logVolume = apply('Log', plus(volume, 1))
const closeRatio = over(close, ref(close, 1))
const logVolumeRatio = apply('Log', plus(over(volume, ref(volume, 1)), 1))

/** One entry a family: name, formula for a window, sentence. */
const families: readonly (readonly [string, (window: number) => Expression, string])[] = [
  ['ROC', (w) => over(ref(close, w), close), 'Close so many bars ago over the close.'],
  ['MA', (w) => over(apply('Mean', close, w), close), 'Mean close over the close.'],
  ['STD', (w) => over(apply('Std', close, w), close), 'Deviation of the close over the close.'],
  ['BETA', (w) => over(apply('Slope', close, w), close), 'Slope of the close over the close.'],
  ['RSQR', (w) => apply('Rsquare', close, w), 'How straight the trend is.'],
  ['RESI', (w) => over(apply('Resi', close, w), close), 'Close off its trend line.'],
  ['MAX', (w) => over(apply('Max', high, w), close), 'Highest high over the close.'],
  ['MIN', (w) => over(apply('Min', low, w), close), 'Lowest low over the close.'],
  ['QTLU', (w) => over(apply('Quantile', close, w, 0.8), close), 'Upper quintile over the close.'],
  ['QTLD', (w) => over(apply('Quantile', close, w, 0.2), close), 'Lower quintile over the close.'],
  ['RANK', (w) => apply('Rank', close, w), 'Rank of the close among the last.'],
  [
    'RSV',
    (w) =>
      over(
        minus(close, apply('Min', low, w)),
        plus(minus(apply('Max', high, w), apply('Min', low, w)), tiny),
      ),
    'Place of the close between lowest low and highest high.',
  ],
  ['IMAX', (w) => over(apply('IdxMax', high, w), w), 'Place of the highest high in the window.'],
  ['IMIN', (w) => over(apply('IdxMin', low, w), w), 'Place of the lowest low in the window.'],
  [
    'IMXD',
    (w) => over(minus(apply('IdxMax', high, w), apply('IdxMin', low, w)), w),
    'Highest high after lowest low: positive in a rise.',
  ],
  ['CORR', (w) => apply('Corr', close, logVolume, w), 'Correlation of close and log volume.'],
  [
    'CORD',
    (w) => apply('Corr', closeRatio, logVolumeRatio, w),
    'Correlation of the changes of close and volume.',
  ],
  ['CNTP', (w) => apply('Mean', rises, w), 'Share of bars that rose.'],
  ['CNTN', (w) => apply('Mean', falls, w), 'Share of bars that fell.'],
  [
    'CNTD',
    (w) => minus(apply('Mean', rises, w), apply('Mean', falls, w)),
    'Share that rose less share that fell.',
  ],
  ['SUMP', (w) => share(positive(change), change, w), 'Gains over all movement, like RSI.'],
  ['SUMN', (w) => share(positive(fall), change, w), 'Losses over all movement.'],
  [
    'SUMD',
    (w) => balance(positive(change), positive(fall), change, w),
    'Gains less losses over all movement.',
  ],
  ['VMA', (w) => over(apply('Mean', volume, w), plus(volume, tiny)), 'Mean volume over volume.'],
  ['VSTD', (w) => over(apply('Std', volume, w), plus(volume, tiny)), 'Deviation of volume, of it.'],
  [
    'WVMA',
    (w) => over(apply('Std', weighted, w), plus(apply('Mean', weighted, w), tiny)),
    'Variation of volume-weighted movement.',
  ],
  ['VSUMP', (w) => share(positive(volumeChange), volumeChange, w), 'Volume rises over changes.'],
  ['VSUMN', (w) => share(positive(volumeFall), volumeChange, w), 'Volume falls over changes.'],
  [
    'VSUMD',
    (w) => balance(positive(volumeChange), positive(volumeFall), volumeChange, w),
    'Volume rises less falls over changes.',
  ],
]

const rolling = families.flatMap(([name, of, doc]) =>
  [5, 10, 20, 30, 60].map((window): Feature => ({
    name: `${name}${window}`,
    expression: of(window),
    doc,
  })),
)

export const alpha158: FeatureSet = {
  name: 'alpha158',
  version: 1,
  emitPartial: true,
  features: [...bar, ...rolling],
}
