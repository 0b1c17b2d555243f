/** DoubleEnsemble: weights and features of sub-models against numbers worked out by hand. */
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import { doubleEnsemble } from '../../../models/trees/double/double-ensemble.ts'
import { selectFeatures } from '../../../models/trees/double/feature-selection.ts'
import { equalBins, ranks, sampleWeights } from '../../../models/trees/double/sample-weights.ts'
import { productSignal, splitSamples, syntheticDataset } from '../../support/dataset.ts'
import { fitContext } from '../../support/fit-context.ts'

describe('ranks and bins', () => {
  it('rank from above 0 to 1, ties sharing their mean', () => {
    expect([...ranks(Float64Array.of(3, 1, 3, 2))]).toEqual([0.875, 0.25, 0.875, 0.5])
  })

  it('have equal widths between the extremes', () => {
    expect([...equalBins(Float64Array.of(0, 1, 2.4, 2.6, 10), 4)]).toEqual([0, 0, 0, 1, 3])
    expect([...equalBins(Float64Array.of(7, 7), 4)]).toEqual([0, 0])
  })
})

describe('sampleWeights', () => {
  // Four rows: easy and learned, easy but getting worse, hard and learned, hard and getting worse.
  const trajectory = {
    early: Float64Array.of(0.8, 0.2, 0.9, 0.3),
    late: Float64Array.of(0.2, 0.4, 0.6, 0.9),
    loss: Float64Array.of(0.1, 0.2, 3, 4),
  }
  const options = { alpha1: 1, alpha2: 1, bins: 2, decay: 0.5, models: 1 }

  it('are 1 / (decay^k · mean h of the bin + 0.1), with mean 1', () => {
    // h = rank of −loss + rank of late/early: 1 + 0.25, 0.75 + 0.75, 0.5 + 0.5, 0.25 + 1.
    const h = [1.25, 1.5, 1, 1.25]
    const bin = [1, 1, 0, 1]
    const mean = [1, (1.25 + 1.5 + 1.25) / 3]
    const raw = bin.map((k) => 1 / (0.5 * mean[k]! + 0.1))
    const unit = raw.reduce((a, b) => a + b, 0) / 4
    expect(h).toHaveLength(4)
    sampleWeights(trajectory, options).forEach((weight, row) =>
      expect(weight).toBeCloseTo(raw[row]! / unit, 12),
    )
  })

  it('differ less the more sub-models there are, for larger sums of h are damped', () => {
    const spread = (models: number): number => {
      const weights = sampleWeights(trajectory, { ...options, models })
      return Math.max(...weights) / Math.min(...weights)
    }
    expect(spread(1)).toBeGreaterThan(spread(3))
    expect(spread(3)).toBeGreaterThan(spread(6))
  })
})

describe('selectFeatures', () => {
  it('draws the stated share of every bin of importance', () => {
    const rows = 200
    const loss = new Float64Array(rows).fill(1)
    // Features 0 to 4 matter a lot, 5 to 14 not at all.
    const shuffled = (feature: number): Float64Array =>
      loss.map((value, row) => value + (feature < 5 ? 2 : 0) + 0.1 * Math.sin(row))
    const shown = selectFeatures(
      15,
      { loss, shuffled },
      { shares: [1, 0.5, 0.3], rng: createRng(1) },
    )
    expect(shown.filter((feature) => feature < 5)).toEqual([0, 1, 2, 3, 4])
    expect(shown).toHaveLength(5 + 3)
    expect(shown).toEqual([...shown].sort((a, b) => a - b))
  })
})

describe('double-ensemble', () => {
  it('is one model where it may have one, and shows later ones fewer features', async () => {
    const data = syntheticDataset({
      rowsPerSymbol: 500,
      features: 12,
      signal: productSignal,
      noise: 1,
    })
    const { before, after } = splitSamples(data, 0.7)
    const quick = { n_estimators: 40, learning_rate: 0.1, min_child_weight: 5 }
    const fit = async (params: Record<string, unknown>): Promise<{ shown: number[] }[]> => {
      const model = await doubleEnsemble.fit(
        data,
        doubleEnsemble.params.parse({ ...quick, ...params }),
        fitContext(before),
      )
      const { prediction } = await model.predict(data, after)
      expect(prediction.every(Number.isFinite)).toBe(true)
      return (
        JSON.parse(new TextDecoder().decode(model.save()['model.json'])) as {
          members: { shown: number[] }[]
        }
      ).members
    }
    expect(await fit({ num_models: 1 })).toHaveLength(1)
    const members = await fit({ num_models: 4 })
    expect(members).toHaveLength(4)
    expect(members[0]!.shown).toHaveLength(12)
    for (const { shown } of members.slice(1)) expect(shown.length).toBeLessThan(12)
    for (const { shown } of await fit({ num_models: 3, enable_fs: false }))
      expect(shown).toHaveLength(12)
  })
})
