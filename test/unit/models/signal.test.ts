import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consensus } from '../../../models/index.ts'

const rule = {
  quorum: 2,
  deadband: 0.001,
  confirmations: { volume: false, trend: false, rewardRisk: null },
}
const member = (prediction: number | undefined, weight = 1 / 3) => ({
  model: 'm',
  version: 1,
  artifact: 'a',
  weight,
  labelDeviation: 0.01,
  hitRate: 0.6,
  prediction,
  reason: prediction === undefined ? 'needs 100 bars, has 3' : undefined,
})

describe('consensus', () => {
  it('needs a quorum on one side', () => {
    const two = consensus('A', 1, [member(0.005), member(0.002), member(-0.03)], rule)
    expect(two).toMatchObject({ direction: 1, agreeing: 2, voters: 3 })
    expect(two.strength).toBeCloseTo((0.5 + 0.2 - 1) / 3, 12)
    expect(two.confidence).toBeCloseTo(0.4, 12)
    expect(consensus('A', 1, [member(0.005), member(0.0005), member(-0.03)], rule).direction).toBe(
      0,
    )
  })

  it('counts abstentions among the voters', () => {
    const signal = consensus('A', 1, [member(0.005), member(undefined), member(undefined)], rule)
    expect(signal).toMatchObject({ direction: 0, agreeing: 1, voters: 3 })
    expect(signal.votes[1]).toMatchObject({
      prediction: null,
      direction: 0,
      reason: 'needs 100 bars, has 3',
    })
  })

  it('holds where confirmations are set and not met', () => {
    const strict = { ...rule, confirmations: { volume: true, trend: true, rewardRisk: 1.5 } }
    const votes = [member(0.005), member(0.002)]
    const met = { relativeVolume: 1.2, trend: 0.01, rewardRisk: 2 }
    expect(consensus('A', 1, votes, strict, met).direction).toBe(1)
    expect(consensus('A', 1, votes, strict, { ...met, relativeVolume: 0.9 }).held).toMatch(/volume/)
    expect(consensus('A', 1, votes, strict, { ...met, trend: -0.01 }).held).toMatch(/trend/)
    expect(consensus('A', 1, votes, strict, { ...met, rewardRisk: null }).held).toMatch(
      /reward\/risk is unknown/,
    )
  })

  it('is bounded, and mirrored when every prediction is', () => {
    const prediction = fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: undefined })
    fc.assert(
      fc.property(
        fc.array(prediction, { minLength: 1, maxLength: 7 }),
        fc.integer({ min: 1, max: 7 }),
        (values, quorum) => {
          const own = { ...rule, quorum }
          const weight = 1 / values.length
          const signal = consensus(
            'A',
            1,
            values.map((x) => member(x, weight)),
            own,
          )
          const mirrored = consensus(
            'A',
            1,
            values.map((x) => member(x === undefined ? x : -x, weight)),
            own,
          )
          expect(Math.abs(signal.strength)).toBeLessThanOrEqual(1 + 1e-12)
          expect(signal.confidence).toBeLessThanOrEqual(1)
          expect(mirrored.direction).toBe(signal.direction === 0 ? 0 : -signal.direction)
          if (signal.direction !== 0) expect(signal.agreeing).toBeGreaterThanOrEqual(quorum)
        },
      ),
    )
  })
})
