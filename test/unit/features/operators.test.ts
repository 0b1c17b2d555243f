/** Known answers; the calls that gave them stand above each, pandas 2.2 or arithmetic by hand. */
import { describe, expect, it } from 'vitest'
import { findOperator } from '../../../features/index.ts'

function run(
  name: string,
  inputs: readonly (readonly number[])[],
  params: readonly number[] = [],
  emitPartial = false,
): number[] {
  const operator = findOperator(name)
  if (operator.scope !== 'series') throw new Error('not a series operator')
  const out = new Float64Array(inputs[0]!.length)
  const state: unknown = operator.state(params, { emitPartial })
  operator.advance(
    state,
    inputs.map((input) => Float64Array.from(input)),
    0,
    out.length,
    [out],
  )
  return Array.from(out)
}

describe('rolling operators', () => {
  const x = [3, 1, 4, 1, 5, 9, 2, 6]

  it.each([
    // pd.Series(x).rolling(3).mean() / .sum() / .std() / .min() / .max()
    ['Mean', [NaN, NaN, 8 / 3, 2, 10 / 3, 5, 16 / 3, 17 / 3]],
    ['Sum', [NaN, NaN, 8, 6, 10, 15, 16, 17]],
    [
      'Std',
      [
        NaN,
        NaN,
        1.5275252316519465,
        1.7320508075688772,
        2.081665999466133,
        4,
        3.511884584284246,
        3.511884584284246,
      ],
    ],
    ['Min', [NaN, NaN, 1, 1, 1, 1, 2, 2]],
    ['Max', [NaN, NaN, 4, 4, 5, 9, 9, 9]],
    // pd.Series(x).rolling(3).rank(pct=True)
    ['Rank', [NaN, NaN, 1, 1.5 / 3, 1, 1, 1 / 3, 2 / 3]],
    // np.polyfit([0, 1, 2], x[i-2:i+1], 1)[0]
    ['Slope', [NaN, NaN, 0.5, 0, 0.5, 4, -1.5, -1.5]],
  ])('%s over 3', (name, expected) => {
    run(name, [x], [3]).forEach((value, i) => {
      if (Number.isNaN(expected[i])) expect(value).toBeNaN()
      else expect(value).toBeCloseTo(expected[i]!, 12)
    })
  })

  it('emit from the first valid value with emitPartial', () => {
    expect(run('Mean', [x], [3], true).slice(0, 3)).toEqual([3, 2, 8 / 3])
  })

  it('wait until a missing value has left the window', () => {
    expect(run('Sum', [[1, 2, NaN, 4, 5, 6]], [2])).toEqual([NaN, 3, NaN, NaN, 9, 11])
  })

  it('keep a sum exact after large values have left it', () => {
    const values = [1e16, ...Array.from({ length: 200_000 }, (_, i) => (i % 7) * 0.1)]
    const sums = run('Sum', [values], [5])
    const direct = values.slice(-5).reduce((a, b) => a + b, 0)
    expect(sums.at(-1)).toBeCloseTo(direct, 14)
  })

  it('give exactly 0 deviation and no correlation for a constant', () => {
    const level = Array.from({ length: 6 }, () => 0.1)
    expect(run('Std', [level], [4]).slice(3)).toEqual([0, 0, 0])
    expect(run('Corr', [level, x.slice(0, 6)], [4])).toEqual([NaN, NaN, NaN, NaN, NaN, NaN])
  })

  it('Corr of a line with itself is 1 and with its mirror −1', () => {
    const line = [1, 2, 4, 7, 11]
    expect(run('Corr', [line, line], [3])[4]).toBeCloseTo(1, 12)
    expect(run('Corr', [line, line.map((v) => -v)], [3])[4]).toBeCloseTo(-1, 12)
  })
})

describe('recursive operators', () => {
  // Wilder's own worksheet form, window 2: changes +1, −2, +3, +1.
  it('RSI', () => {
    const [, , seeded, third, fourth] = run('RSI', [[10, 11, 9, 12, 13]], [2])
    expect(seeded).toBeCloseTo((100 * 0.5) / 1.5, 12)
    expect(third).toBeCloseTo((100 * 1.75) / (1.75 + 0.5), 12)
    expect(fourth).toBeCloseTo((100 * 1.375) / (1.375 + 0.25), 12)
  })

  it('RSI of a flat series is 50', () => {
    expect(run('RSI', [[5, 5, 5, 5]], [2]).slice(2)).toEqual([50, 50])
  })

  it('EMA starts from the mean of its window', () => {
    expect(run('EMA', [[1, 2, 3, 7]], [3])).toEqual([NaN, NaN, 2, 4.5])
  })

  it('ATR takes the gap from the previous close', () => {
    const out = run(
      'ATR',
      [
        [10, 15, 12],
        [9, 14, 11],
        [9.5, 14.5, 11.5],
      ],
      [1],
    )
    expect(out.slice(1)).toEqual([5.5, 3.5])
  })
})
