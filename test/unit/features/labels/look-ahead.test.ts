/**
 * The rule of labels, for every kind: bars after `labelEnd` have no part in a label, and without the bars up to `labelEnd` it is not there. Together: `labelEnd` is
 * the moment at which the label was known, neither earlier nor later.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { numberColumn, type Frame } from '../../../../core/frame.ts'
import { labelKinds, labelPanel, parseLabel } from '../../../../features/labels/index.ts'
import { changeRows, gappyPanel, keepRows } from './bars.ts'

const more = [
  ...['return:4', 'direction:3:0.01', 'scaled:2:5', 'excess:3', 'rank:2', 'trend:2-6'],
  ...['barrier:6:1:1:5', 'barrier:9:0:2:5', 'barrier-return:6:0.5:0.5:5', 'trailing:8:0.7:5'],
  ...['meta:reversal:4:7:1:2:5', 'volatility:5', 'scaled:5@open:5'],
]

const length = 70

describe.each([...labelKinds.map(({ example }) => example), ...more])('%s', (text) => {
  const label = parseLabel(text)
  // A label of opens reads the open of the bar that ends it, which is there before its close.
  const within = (bars: Frame): Float64Array =>
    text.includes('@open') ? numberColumn(bars, 'openTime') : bars.time

  it('depends on bars up to labelEnd, and on no other', () => {
    let seen = 0
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 500 }),
        fc.nat(3),
        fc.integer({ min: 5, max: length - 2 }),
        fc.constantFrom(0.3, 0.97, 1.5),
        (seed, s, wanted, factor) => {
          const panel = gappyPanel(seed, length)
          const bars = panel[s]!
          const row = Math.min(wanted, bars.length - 2)
          const whole = labelPanel(panel, label)[s]!
          const end = whole.labelEnd[row]!
          if (Number.isNaN(end)) {
            expect(whole.y[row]).toBeNaN()
            return
          }
          seen++
          expect(end).toBeGreaterThan(bars.time[row]!)
          const cut = (keep: (time: number) => boolean): Frame[] =>
            panel.map((one) => keepRows(one, (at) => keep(within(one)[at]!)))
          const after = labelPanel(
            cut((time) => time <= end),
            label,
          )[s]!
          const scrambled = labelPanel(
            panel.map((one) => changeRows(one, (at) => within(one)[at]! > end, factor)),
            label,
          )[s]!
          for (const same of [after, scrambled]) {
            expect(same.y[row]).toBe(whole.y[row])
            expect(same.labelEnd[row]).toBe(end)
          }
          const before = labelPanel(
            cut((time) => time < end),
            label,
          )[s]!
          expect(before.y[row] ?? NaN).toBeNaN()
          expect(before.labelEnd[row] ?? NaN).toBeNaN()
        },
      ),
      { numRuns: 60 },
    )
    expect(seen).toBeGreaterThan(5)
  })

  it('reads no more bars ahead than it says', () => {
    const [bars, ...others] = gappyPanel(3, length)
    const { labelEnd } = labelPanel([bars!, ...others], label)[0]!
    const time = within(bars!)
    labelEnd.forEach((end, row) => {
      if (!Number.isNaN(end)) expect(time.indexOf(end) - row).toBeLessThanOrEqual(label.barsAhead)
    })
    expect(label.barsAhead).toBeGreaterThanOrEqual(label.horizon)
  })
})
