/** Labels by hand: prices small enough to see the answer. */
import { describe, expect, it } from 'vitest'
import { createFrame } from '../../../../core/frame.ts'
import { barVolatility } from '../../../../features/labels/bar-volatility.ts'
import { labelColumns, labelPanel, parseLabel } from '../../../../features/labels/index.ts'
import { flatBars, keepRows } from './bars.ts'

const y = (prices: readonly number[], text: string): number[] => [
  ...labelColumns(flatBars(prices), parseLabel(text)).y,
]
const close = (values: readonly number[]): unknown[] =>
  values.map((value): unknown => (Number.isNaN(value) ? NaN : expect.closeTo(value, 12)))

describe('returns', () => {
  const prices = [100, 110, 99, 99]

  it.each<[string, number[]]>([
    ['return:1', [110 / 100 - 1, 99 / 110 - 1, 0, NaN]],
    ['return:1@open', [99 / 110 - 1, 0, NaN, NaN]],
    ['return:3', [99 / 100 - 1, NaN, NaN, NaN]],
  ])('%s, to the bit', (text, expected) => {
    expect(y(prices, text)).toEqual(expected)
  })

  it.each<[string, number[]]>([
    ['log-return:1', [Math.log(1.1), Math.log(0.9), 0, NaN]],
    ['direction:1', [1, -1, 0, NaN]],
    ['direction:2:0.011', [0, -1, NaN, NaN]],
    ['direction:2:0.009', [-1, -1, NaN, NaN]],
  ])('%s', (text, expected) => {
    expect(y(prices, text)).toEqual(close(expected))
  })

  it('are flat on the edge of the deadband', () => {
    expect(y([2, 3, 1.5], 'direction:1:0.5')).toEqual([0, 0, NaN])
    expect(y([2, 3, 1.5], 'direction:1:0.49')).toEqual([1, -1, NaN])
  })

  it('end at the close of bar t+H, or at the open of bar t+1+H', () => {
    const bars = flatBars(prices)
    expect([...labelColumns(bars, parseLabel('return:2')).labelEnd]).toEqual([2.5, 3.5, NaN, NaN])
    expect([...labelColumns(bars, parseLabel('return:1@open')).labelEnd]).toEqual([2, 3, NaN, NaN])
  })

  it('are unknown where a price is not positive', () => {
    expect(y([100, 0, 120, -3, 10], 'return:1')).toEqual([NaN, NaN, NaN, NaN, NaN])
    expect(y([100, 0, 120, -3, 10], 'return:2')).toEqual([
      120 / 100 - 1,
      NaN,
      10 / 120 - 1,
      NaN,
      NaN,
    ])
  })
})

describe('volatility', () => {
  it('known at t is that of pandas, ewm(span=3, min_periods=3).std()', () => {
    // pd.Series([100, 110, 99, 108.9, 108.9]).pct_change().ewm(span=3, min_periods=3).std()
    const found = barVolatility(flatBars([100, 110, 99, 108.9, 108.9]), 3)
    expect([...found]).toEqual(close([NaN, NaN, NaN, 0.11952286093343942, 0.08280786712108252]))
  })

  it('known at t is 0 where nothing moves, or everything by one and the same share', () => {
    expect([...barVolatility(flatBars([5, 5, 5, 5]), 2)]).toEqual([NaN, NaN, 0, 0])
    const growing = Array.from({ length: 40 }, (_, k) => 3 * 1.01 ** k)
    expect([...barVolatility(flatBars(growing), 2)].slice(2)).toEqual(Array(38).fill(0))
    expect(y(growing, 'scaled:1:2').every(Number.isNaN)).toBe(true)
    expect(y(growing, 'barrier:2:1:1:2').every(Number.isNaN)).toBe(true)
  })

  it('known at t passes over a price that is not positive', () => {
    const found = barVolatility(flatBars([100, 110, 0, 110, 99, 108.9]), 3)
    expect([...found]).toEqual(close([NaN, NaN, NaN, NaN, NaN, 0.11952286093343942]))
  })

  it('to come is the root mean square of log returns', () => {
    const e = Math.E
    expect(y([1, e, 1, e ** 3, e ** 3, 1], 'volatility:2')).toEqual(
      close([1, Math.sqrt(5), Math.sqrt(4.5), Math.sqrt(4.5), NaN, NaN]),
    )
  })

  it('to come does not forget a missing bar too early or too late', () => {
    const found = y([1, 2, 0, 2, 4, 8, 16, 32], 'volatility:2')
    const step = Math.log(2)
    expect(found).toEqual(close([NaN, NaN, NaN, step, step, step, NaN, NaN]))
  })

  it('scales a return', () => {
    const prices = [100, 110, 99, 108.9, 108.9, 100]
    const found = y(prices, 'scaled:2:3')
    expect(found[3]).toBeCloseTo((100 / 108.9 - 1) / (0.11952286093343942 * Math.SQRT2), 12)
    expect(found.filter((value) => !Number.isNaN(value))).toHaveLength(1)
  })
})

describe('trend', () => {
  it('is the greatest t-value among the lengths, known with the last of them', () => {
    // scipy.stats.linregress(range(n), [1, 2, 2, 5][:n]): slope / stderr, n = 3: 1.7320508, n = 4: 2.8284271
    const bars = flatBars([1, 2, 2, 5])
    const { y: found, labelEnd } = labelColumns(bars, parseLabel('trend:2-3'))
    expect(found[0]).toBeCloseTo(Math.sqrt(8), 12)
    expect(labelEnd[0]).toBe(3.5)
    // The shorter length wins here, and the label still waits for the longer one: 1, 2, 2 against 1, 2, 2, 0.
    const falling = labelColumns(flatBars([1, 2, 2, 0]), parseLabel('trend:2-3'))
    expect(falling.y[0]).toBeCloseTo(Math.sqrt(3), 12)
    expect(falling.labelEnd[0]).toBe(3.5)
  })

  it('of a falling price is negative', () => {
    expect(y([5, 2, 2, 1], 'trend:3-3')[0]).toBeCloseTo(-Math.sqrt(8), 12)
  })

  it('is 0 where nothing moves and unknown where all lines are straight', () => {
    expect(y([3, 3, 3, 3, 3], 'trend:2-3')).toEqual([0, 0, NaN, NaN, NaN])
    expect(y([1, 1.1, 1.2, 1.3, 1.4], 'trend:2-4')).toEqual([NaN, NaN, NaN, NaN, NaN])
    // Straight for three points, then bent: only the longer line has a t-value.
    expect(y([1, 2, 3, 3], 'trend:2-3')[0]).toBeCloseTo(4.0414518843273814, 12)
  })
})

describe('across symbols', () => {
  const prices = [
    [100, 110, 121, 121],
    [100, 100, 90, 90],
    [100, 105, 105, 126],
  ]
  const panel = prices.map(flatBars)
  const columns = (text: string, bars = panel): number[][] =>
    labelPanel(bars, parseLabel(text)).map((one) => [...one.y])

  it('excess is the return less the mean of all', () => {
    const mean = (0.1 + 0 + 0.05) / 3
    const first = columns('excess:1').map((values) => values[0])
    expect(first).toEqual([0.1, 0, 0.05].map((value): unknown => expect.closeTo(value - mean, 12)))
  })

  it('rank is centred, and ties share it', () => {
    expect(columns('rank:1').map((values) => values[0])).toEqual(close([1 / 3, -1 / 3, 0]))
    // From bar 2 to bar 3 the first two stand still.
    expect(columns('rank:1').map((values) => values[2])).toEqual(close([-1 / 6, -1 / 6, 1 / 3]))
  })

  it('a symbol that ends on the way counts with its newest price', () => {
    const ended = [panel[0]!, panel[1]!, keepRows(panel[2]!, (row) => row < 2)]
    const mean = (0.21 - 0.1 + 0.05) / 3
    const found = labelPanel(ended, parseLabel('excess:2'))
    expect(found[0]!.y[0]).toBeCloseTo(0.21 - mean, 12)
    expect(found[2]!.y[0]).toBeNaN()
    // At the third moment it is gone.
    expect(columns('excess:1', ended)[0]![2]).toBeCloseTo(0, 12)
  })

  it('a symbol that misses a bar is compared over its own span', () => {
    const missing = [keepRows(panel[0]!, (row) => row !== 1), panel[1]!]
    const [first, second] = labelPanel(missing, parseLabel('excess:1'))
    // Its next bar is the third: the other fell by 10 % meanwhile.
    expect(first!.y[0]).toBeCloseTo(0.21 - (0.21 - 0.1) / 2, 12)
    expect(first!.labelEnd[0]).toBe(2.5)
    // The other's next bar is the second, at which the first has no newer price.
    expect(second!.y[0]).toBeCloseTo(0, 12)
    expect(second!.labelEnd[0]).toBe(1.5)
    // The other is alone at the second moment.
    expect(second!.y[1]).toBeNaN()
  })

  it('with @open a symbol without a bar within the span is left out', () => {
    const halted = [panel[0]!, panel[1]!, keepRows(panel[2]!, (row) => row < 1)]
    const mean = (0.1 - 0.1) / 2
    expect(columns('excess:1@open', halted)[0]![0]).toBeCloseTo(121 / 110 - 1 - mean, 12)
    expect(columns('excess:1@open', [panel[0]!, halted[2]!])[0]![0]).toBeNaN()
    // Its next open comes after the span.
    const late = [panel[0]!, panel[1]!, keepRows(panel[2]!, (row) => row === 0 || row === 3)]
    expect(columns('excess:1@open', late)[0]![0]).toBeCloseTo(121 / 110 - 1 - mean, 12)
  })

  it('a price that is not positive leaves its symbol out', () => {
    const bad = [panel[0]!, panel[1]!, flatBars([100, -1, 100, 100])]
    expect(columns('excess:1', bad)[0]![0]).toBeCloseTo(0.05, 12)
    expect(columns('excess:1', bad)[2]!.slice(0, 2)).toEqual([NaN, NaN])
  })
})

it('an empty series has no label', () => {
  const none = createFrame(new Float64Array(), {
    ...{ openTime: new Float64Array(), open: new Float64Array(), close: new Float64Array() },
    ...{ high: new Float64Array(), low: new Float64Array() },
  })
  for (const text of ['return:1', 'volatility:3', 'trend:2-3', 'barrier:3:1:1', 'trailing:3:1'])
    expect(labelColumns(none, parseLabel(text)).y).toHaveLength(0)
  expect(labelPanel([none, none], parseLabel('rank:1'))[0]!.y).toHaveLength(0)
})
