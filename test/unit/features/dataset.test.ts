import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { numberColumn, sliceFrame } from '../../../core/frame.ts'
import { buildDataset, compilePlan, findFeatureSet, parseLabel } from '../../../features/index.ts'
import { randomBars } from '../../support/bars.ts'

const set = findFeatureSet('base')
const { warmup } = compilePlan(set)
const bars = randomBars(warmup + 60, 4)
const other = randomBars(warmup + 40, 5)
const request = {
  symbols: ['A', 'B'],
  bars: [bars, other],
  groups: Int32Array.of(0, 0),
  set,
  label: parseLabel('return:5'),
  window: 8,
}

describe('dataset', () => {
  const dataset = buildDataset(request)

  it('lists the rows where a full window and a label are there', () => {
    const perSymbol = [60, 40].map((after) => after - 7 - 5)
    expect(dataset.samples.length).toBe(perSymbol[0]! + perSymbol[1]!)
    for (const row of dataset.samples) {
      const start = row - dataset.window + 1
      expect(dataset.symbol[start]).toBe(dataset.symbol[row])
      expect(dataset.y[row]).not.toBeNaN()
      for (let i = start * dataset.features.length; i < (row + 1) * dataset.features.length; i++) {
        expect(dataset.X[i]).not.toBeNaN()
      }
    }
  })

  it('numbers moments in order of time across symbols', () => {
    for (let a = 0; a < dataset.rows; a++) {
      const b = (a * 7) % dataset.rows
      expect(Math.sign(dataset.group[a]! - dataset.group[b]!)).toBe(
        Math.sign(dataset.time[a]! - dataset.time[b]!),
      )
    }
  })

  it('starts samples at from, with windows and warm-up before it', () => {
    const from = numberColumn(bars, 'knownAt')[warmup + 20]!
    const later = buildDataset({ ...request, from })
    expect(later.time[later.samples[0]!]).toBe(from)
    expect(later.samples[0]).toBe(7)
  })

  it('has the same rows whatever comes later: a longer history only adds', () => {
    fc.assert(
      fc.property(fc.integer({ min: warmup + 20, max: warmup + 59 }), (length) => {
        const shorter = buildDataset({ ...request, bars: [sliceFrame(bars, 0, length), other] })
        const width = dataset.features.length
        for (const row of shorter.samples) {
          if (shorter.symbol[row] !== 0) break
          expect(shorter.time[row]).toBe(dataset.time[row])
          expect(shorter.y[row]).toBe(dataset.y[row])
          expect(shorter.labelEnd[row]).toBeLessThanOrEqual(bars.time[length - 1]!)
          expect(shorter.X.subarray(row * width, (row + 1) * width)).toEqual(
            dataset.X.subarray(row * width, (row + 1) * width),
          )
        }
      }),
      { numRuns: 15 },
    )
  })

  it('has a fingerprint that is a function of its content', () => {
    expect(buildDataset(request).fingerprint).toBe(dataset.fingerprint)
    expect(buildDataset({ ...request, window: 9 }).fingerprint).not.toBe(dataset.fingerprint)
    expect(
      buildDataset({ ...request, bars: [randomBars(bars.length, 9), other] }).fingerprint,
    ).not.toBe(dataset.fingerprint)
  })

  it('refuses a history without a sample and says how many bars it takes', () => {
    expect(() =>
      buildDataset({ ...request, bars: [sliceFrame(bars, 0, 50), sliceFrame(other, 0, 50)] }),
    ).toThrow(new RegExp(`takes ${warmup + 13} bars .* there are A 50, B 50`))
  })
})
