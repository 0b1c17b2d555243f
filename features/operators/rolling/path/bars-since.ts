import { windowIndicator } from '../../technical/stages/indicator.ts'
import type { One } from '../../technical/stages/inputs.ts'
import { windowOf } from '../../technical/stages/parameters.ts'

interface SinceState {
  readonly window: number
  /** Known conditions in a row, at most window. */
  run: number
  /** Rows since it last held, at most window. */
  since: number
}

export const barsSince = windowIndicator<SinceState>({
  name: 'BarsSince',
  doc: 'Rows since the condition was last other than 0, 0 where it is now; NaN where it was not within the last window rows.',
  inputs: ['condition'],
  params: [windowOf(60)],
  span: ([window]) => window!,
  state: ([window]) => ({ window: window!, run: 0, since: window! }),
  advance(state, inputs, from, to, [out]) {
    const [condition] = inputs as One
    const { window } = state
    let { run, since } = state
    for (let i = from; i < to; i++) {
      const value = condition[i]!
      if (value !== value) {
        run = 0
        since = window
        out![i] = NaN
        continue
      }
      if (run < window) run++
      since = value !== 0 ? 0 : Math.min(since + 1, window)
      out![i] = run === window && since < window ? since : NaN
    }
    state.run = run
    state.since = since
  },
})
