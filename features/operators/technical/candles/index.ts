/** The common candlestick shapes; the folder has a file a shape, so it is longer than most. */
import type { Operator } from '../../../operator.ts'
import { beltHold } from './belt-hold.ts'
import { darkCloudCover } from './dark-cloud-cover.ts'
import { doji } from './doji.ts'
import { dragonflyDoji } from './dragonfly-doji.ts'
import { engulfing } from './engulfing.ts'
import { eveningStar } from './evening-star.ts'
import { gravestoneDoji } from './gravestone-doji.ts'
import { hammer } from './hammer.ts'
import { hangingMan } from './hanging-man.ts'
import { harami } from './harami.ts'
import { invertedHammer } from './inverted-hammer.ts'
import { marubozu } from './marubozu.ts'
import { morningStar } from './morning-star.ts'
import { piercing } from './piercing.ts'
import { shootingStar } from './shooting-star.ts'
import { spinningTop } from './spinning-top.ts'
import { threeBlackCrows } from './three-black-crows.ts'
import { threeInside } from './three-inside.ts'
import { threeOutside } from './three-outside.ts'
import { threeWhiteSoldiers } from './three-white-soldiers.ts'

export const candles: readonly Operator[] = [
  beltHold,
  darkCloudCover,
  doji,
  dragonflyDoji,
  engulfing,
  eveningStar,
  gravestoneDoji,
  hammer,
  hangingMan,
  harami,
  invertedHammer,
  marubozu,
  morningStar,
  piercing,
  shootingStar,
  spinningTop,
  threeBlackCrows,
  threeInside,
  threeOutside,
  threeWhiteSoldiers,
]
