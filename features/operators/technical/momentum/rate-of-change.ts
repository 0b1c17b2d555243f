/** Change over `window` rows against what was, in TA-Lib's four scales; NaN where it was 0 (TA-Lib answers 0). */
import type { SeriesOperator } from '../../../operator.ts'
import type { One } from '../stages/inputs.ts'
import { finite } from '../stages/finite.ts'
import { windowIndicator } from '../stages/indicator.ts'
import { windowOf } from '../stages/parameters.ts'

interface RateState {
  readonly window: number
}

export const rateOfChange = rate({
  name: 'ROC',
  form: 'change in percent: 100 (x / earlier − 1)',
  scale: 100,
  base: 1,
})

export const rateOfChangeShare = rate({
  name: 'ROCP',
  form: 'change as a share: x / earlier − 1',
  scale: 1,
  base: 1,
})

export const rateOfChangeRatio = rate({
  name: 'ROCR',
  form: 'ratio: x / earlier',
  scale: 1,
  base: 0,
})

export const rateOfChangeRatioPercent = rate({
  name: 'ROCR100',
  form: 'ratio in percent: 100 x / earlier',
  scale: 100,
  base: 0,
})

interface RateDefinition {
  readonly name: string
  readonly form: string
  readonly scale: number
  /** How many times the earlier value is taken off before the division. */
  readonly base: 0 | 1
}

function rate({ name, form, scale, base }: RateDefinition): SeriesOperator<RateState> {
  return windowIndicator<RateState>({
    name,
    doc: `Over window rows, the ${form}; TA-Lib ${name}.`,
    inputs: ['x'],
    params: [windowOf(10)],
    span: ([window]) => window! + 1,
    state: ([window]) => ({ window: window! }),
    advance({ window }, inputs, from, to, [out]) {
      const [x] = inputs as One
      for (let i = from; i < to; i++) {
        const earlier = i >= window ? x[i - window]! : NaN
        out![i] = finite((scale * (x[i]! - base * earlier)) / earlier)
      }
    },
  })
}
