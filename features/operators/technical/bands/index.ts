/** Ranges of prices, and bands around them. */
import type { Operator } from '../../../operator.ts'
import { averageTrueRange, normalisedTrueRange } from './average-true-range.ts'
import { bollingerBands } from './bollinger-bands.ts'
import { donchianChannel } from './donchian-channel.ts'
import { keltnerChannel } from './keltner-channel.ts'
import { midPoint, midPrice } from './mid-range.ts'
import { trueRange } from './true-range.ts'

export const bands: readonly Operator[] = [
  averageTrueRange,
  bollingerBands,
  donchianChannel,
  keltnerChannel,
  midPoint,
  midPrice,
  normalisedTrueRange,
  trueRange,
]
