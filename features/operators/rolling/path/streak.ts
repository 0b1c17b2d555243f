import { windowIndicator } from '../../technical/stages/indicator.ts'
import type { One } from '../../technical/stages/inputs.ts'
import { windowOf } from '../../technical/stages/parameters.ts'

interface StreakState {
  readonly window: number
  /** Values in a row, at most window. */
  run: number
  /** How many in a row had the newest one's sign, with that sign; at most window. */
  streak: number
}

/** Counted within a window, so that it depends on as many rows and no more. */
export const streak = windowIndicator<StreakState>({
  name: 'Streak',
  doc: 'How many values in a row, the newest among them, have its sign, with that sign: 3 after three above 0, −2 after two below, 0 at 0; at most window.',
  inputs: ['x'],
  params: [windowOf(20)],
  span: ([window]) => window!,
  state: ([window]) => ({ window: window!, run: 0, streak: 0 }),
  advance(state, inputs, from, to, [out]) {
    const [x] = inputs as One
    const { window } = state
    let { run, streak: length } = state
    for (let i = from; i < to; i++) {
      const value = x[i]!
      if (value !== value) {
        run = 0
        length = 0
        out![i] = NaN
        continue
      }
      if (run < window) run++
      if (value > 0) length = length > 0 ? Math.min(length + 1, window) : 1
      else if (value < 0) length = length < 0 ? Math.max(length - 1, -window) : -1
      else length = 0
      out![i] = run === window ? length : NaN
    }
    state.run = run
    state.streak = length
  },
})
