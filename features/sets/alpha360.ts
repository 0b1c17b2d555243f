/**
 * The set `alpha360`: the 360 features of qlib's `Alpha360DL` (microsoft/qlib, MIT): the last 60 closes, opens, highs, lows and
 * volume-weighted prices over the newest close, and the last 60 volumes over the newest volume, oldest first.
 * Difference: a bar without a volume-weighted price has (high + low + close) / 3 in its place.
 */
import { apply, column, type Expression } from '../expression/expression.ts'
import type { Feature, FeatureSet } from '../feature-set.ts'
import { over, plus } from './arithmetic.ts'
import { tradedPrice } from './traded-price.ts'

const high = column('high')
const low = column('low')
const close = column('close')
const volume = column('volume')

const history = (name: string, of: Expression, by: Expression): Feature[] =>
  Array.from({ length: 60 }, (_, k) => {
    const bars = 59 - k
    return {
      name: `${name}${bars}`,
      expression: over(bars === 0 ? of : apply('Ref', of, bars), by),
      doc: `${name.toLowerCase()} ${bars} bars ago over the newest ${name === 'VOLUME' ? 'volume' : 'close'}.`,
    }
  })

export const alpha360: FeatureSet = {
  name: 'alpha360',
  version: 1,
  emitPartial: true,
  features: [
    ...history('CLOSE', close, close),
    ...history('OPEN', column('open'), close),
    ...history('HIGH', high, close),
    ...history('LOW', low, close),
    ...history('VWAP', tradedPrice, close),
    ...history('VOLUME', volume, plus(volume, 1e-12)),
  ],
}
