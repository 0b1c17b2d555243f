import { describe, expect, it } from 'vitest'
import { checkOutOfSample, decide } from '../../../execution/index.ts'
import { addBar, newArmStatistics, performance } from '../../../execution/session/statistics.ts'

const rule = { minimumEffect: 0.001, minimumBars: 50 }
const at = (lower: number, upper: number, n = 100) =>
  decide({ n, mean: (lower + upper) / 2, lower, upper }, rule).decision

describe('decision', () => {
  it.each([
    [0.0001, 0.01, 'promote'],
    [-0.01, -0.002, 'harm'],
    [-0.01, -0.0005, 'keep'],
    [-0.01, 0.0005, 'futility'],
    [-0.01, 0.01, 'undecided'],
  ])('from %d to %d: %s', (lower, upper, expected) => {
    expect(at(lower, upper)).toBe(expected)
  })

  it('says nothing before the least number of bars', () => {
    expect(at(0.1, 0.2, 49)).toBe('undecided')
    expect(decide({ n: 500, mean: 1, lower: null, upper: null }, rule).decision).toBe('undecided')
  })
})

describe('in-sample guard', () => {
  it('refuses a first bar at or before the greatest label end, with exit 6', () => {
    expect(() => checkOutOfSample('x', 1_000, [500, 1_000])).toThrow(
      expect.objectContaining({ code: 'IN_SAMPLE', exitCode: 6 }),
    )
    expect(checkOutOfSample('x', 1_001, [500, 1_000])).toBe(false)
    expect(checkOutOfSample('x', 1_000, [1_000], { allowInSample: true })).toBe(true)
  })
})

describe('arm statistics', () => {
  it('are those of the equity curve', () => {
    const equity = [110, 99, 120, 90]
    const day = 86_400_000
    let state = newArmStatistics(100)
    const returns = equity.map((value, i) => {
      const added = addBar(state, i * day, value, { trades: 1, costs: 2 })
      state = added.statistics
      return added.netReturn
    })
    const mean = returns.reduce((a, b) => a + b, 0) / 4
    const deviation = Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / 3)
    const result = performance(state)
    expect(result.netReturn).toBeCloseTo(-0.1, 12)
    expect(result.maxDrawdown).toBeCloseTo(0.25, 12)
    expect(result.sharpe).toBeCloseTo((mean / deviation) * Math.sqrt(365.25), 10)
    expect(result).toMatchObject({ trades: 4, costs: 8, equity: 90 })
  })
})
