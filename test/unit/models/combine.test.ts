import { describe, expect, it } from 'vitest'
import { combinePredictions } from '../../../models/ensemble/combine.ts'
import { opinionOf } from '../../../models/ensemble/ensemble.ts'
import { consensus } from '../../../models/ensemble/signal.ts'

const levels = [0.1, 0.5, 0.9]
const plain = { weight: 0.5, fitted: {} }
const full = { weight: 0.3, fitted: { quantiles: levels } }
const other = { weight: 0.2, fitted: { quantiles: levels } }
const predictions = [
  { prediction: Float64Array.of(1, 2) },
  {
    prediction: Float64Array.of(3, 4),
    probability: Float64Array.of(0.2, 0.3, 0.5, 1, 0, 0),
    quantiles: Float64Array.of(1, 2, 3, 4, 5, 6),
  },
  { prediction: Float64Array.of(5, 6), quantiles: Float64Array.of(3, 4, 5, 6, 7, 8) },
]

describe('predictions of several members', () => {
  const combined = combinePredictions([plain, full, other], predictions)

  it('are means by weight, of probabilities and quantiles over the members that have them', () => {
    expect([...combined.prediction]).toEqual([expect.closeTo(2.4, 12), expect.closeTo(3.4, 12)])
    expect([...combined.probability!]).toEqual(
      [0.2, 0.3, 0.5, 1, 0, 0].map((value) => expect.closeTo(value, 12) as number),
    )
    expect(combined.levels).toEqual(levels)
    expect(combined.quantiles![0]).toBeCloseTo((0.3 * 1 + 0.2 * 3) / 0.5, 12)
  })

  it('have no quantiles where the levels differ, and nothing that no member has', () => {
    const stranger = { weight: 0.2, fitted: { quantiles: [0.2, 0.5, 0.8] } }
    expect(combinePredictions([plain, full, stranger], predictions)).not.toHaveProperty('quantiles')
    const alone = combinePredictions([plain], predictions.slice(0, 1))
    expect(Object.keys(alone)).toEqual(['prediction'])
  })
})

it('a signal has the mean interval of its members and their probabilities', () => {
  const member = { model: 'm', version: 1, artifact: 'a', labelDeviation: 1, hitRate: 0.6 }
  const opinions = [plain, full, other].map(({ weight }, k) => ({
    ...{ ...member, weight, reason: undefined },
    ...opinionOf(predictions[k]!, 0, levels),
  }))
  const rule = {
    ...{ quorum: 2, deadband: 0 },
    confirmations: { volume: false, trend: false, rewardRisk: null },
  }
  const signal = consensus('A', 1, opinions, rule)
  expect(signal.interval).toEqual([expect.closeTo(1.8, 12), expect.closeTo(3.8, 12)])
  expect(signal.intervalLevels).toEqual([0.1, 0.9])
  const narrow = { ends: [-1, 1], levels: [0.45, 0.55] } as const
  const mixed = [opinions[1]!, { ...opinions[2]!, interval: narrow }]
  expect(consensus('A', 1, mixed, rule)).not.toHaveProperty('interval')
  expect(signal.votes.map(({ probability }) => probability)).toEqual([
    undefined,
    [0.2, 0.3, 0.5],
    undefined,
  ])
  expect(consensus('A', 1, opinions.slice(0, 1), rule)).not.toHaveProperty('interval')
  expect(opinionOf(predictions[0]!, undefined)).toEqual({ prediction: undefined })
})
