import { describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import {
  confidenceSequence,
  type ConfidenceSequenceOptions,
} from '../../../models/evaluation/confidence-sequence.ts'

/** Share of paths on which any interval, looked at after every observation, misses the true mean. */
function missRate(
  options: ConfidenceSequenceOptions,
  draw: (rng: ReturnType<typeof createRng>, n: number) => number,
  { paths = 1000, length = 1500 } = {},
): number {
  let misses = 0
  for (let path = 0; path < paths; path++) {
    const rng = createRng(path)
    const sequence = confidenceSequence(options)
    for (let n = 0; n < length; n++) {
      sequence.add(draw(rng, n))
      const { lower, upper } = sequence.interval()
      if (lower !== null && upper !== null && (lower > 0 || upper < 0)) {
        misses++
        break
      }
    }
  }
  return misses / paths
}

/** Skewed, mean 0, deviation 1: an exponential minus 1. */
const skewed = (rng: ReturnType<typeof createRng>): number => -Math.log(1 - rng.uniform()) - 1

describe('confidenceSequence', () => {
  it('has the width of the stated formula', () => {
    const sequence = confidenceSequence({ alpha: 0.1, optimisedAt: 100, minObservations: 2 })
    for (let i = 0; i < 400; i++) sequence.add(i % 2 === 0 ? 3 : 7)
    const { n, mean, lower, upper } = sequence.interval()
    // u = log((u + 1) / 0.01): u = 6.638352067993813 by Lambert's W, scipy 1.17: -lambertw(-0.01 / e, -1).real - 1
    const rhoSquared = 6.638352067993813 / 100
    const mixture = 400 * rhoSquared + 1
    const margin =
      2 * Math.sqrt(((2 * mixture) / (400 ** 2 * rhoSquared)) * Math.log(Math.sqrt(mixture) / 0.1))
    expect([n, mean]).toEqual([400, 5])
    expect(upper! - 5).toBeCloseTo(margin, 10)
    expect(5 - lower!).toBeCloseTo(margin, 10)
  })

  it('is the same in both forms when the expected deviation is the observed one', () => {
    const iid = confidenceSequence({ minObservations: 2 })
    const lindeberg = confidenceSequence({
      form: 'lindeberg',
      expectedDeviation: 2,
      minObservations: 2,
    })
    for (let i = 0; i < 50; i++) {
      iid.add(i % 2 === 0 ? 3 : 7)
      lindeberg.add(i % 2 === 0 ? 3 : 7)
    }
    expect(lindeberg.interval().lower).toBeCloseTo(iid.interval().lower!, 12)
  })

  it('is narrowest, for its number of observations, where it was optimised', () => {
    const marginAt = (optimisedAt: number): number => {
      const sequence = confidenceSequence({ optimisedAt })
      for (let i = 0; i < 300; i++) sequence.add(i % 2)
      const { mean, upper } = sequence.interval()
      return upper! - mean
    }
    expect(marginAt(300)).toBeLessThan(marginAt(200))
    expect(marginAt(300)).toBeLessThan(marginAt(450))
  })

  it('covers under continuous peeking, which a fixed-time interval does not', () => {
    const rate = missRate({ alpha: 0.1 }, skewed)
    // 0.1 and three binomial standard errors of 1000 paths.
    expect(rate).toBeLessThan(0.1 + 3 * Math.sqrt((0.1 * 0.9) / 1000))
    expect(rate).toBeGreaterThan(0)
    let naive = 0
    for (let path = 0; path < 200; path++) {
      const rng = createRng(path)
      let sum = 0
      let missed = false
      for (let n = 1; n <= 1500; n++) {
        sum += rng.normal()
        if (n >= 20 && Math.abs(sum) > 1.645 * Math.sqrt(n)) missed = true
      }
      if (missed) naive++
    }
    expect(naive / 200).toBeGreaterThan(0.4)
  })

  it('covers where the variance changes with time (Lindeberg form)', () => {
    const changing = (rng: ReturnType<typeof createRng>, n: number): number =>
      rng.normal() * (n % 100 < 50 ? 0.5 : 2)
    const rate = missRate({ alpha: 0.1, form: 'lindeberg', expectedDeviation: 1.5 }, changing, {
      paths: 500,
    })
    expect(rate).toBeLessThan(0.1 + 3 * Math.sqrt((0.1 * 0.9) / 500))
  })

  it('gives no interval before it means anything, and refuses what is not finite', () => {
    const sequence = confidenceSequence({ minObservations: 3 })
    sequence.add(1)
    sequence.add(2)
    expect(sequence.interval()).toEqual({ n: 2, mean: 1.5, lower: null, upper: null })
    expect(() => sequence.add(NaN)).toThrow(/observation/)
    expect(() => confidenceSequence({ alpha: 1 })).toThrow(/alpha/)
  })
})
