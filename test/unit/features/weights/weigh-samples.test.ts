/** A recipe's weights on a dataset: which rows they touch, what they are made of, and that the fingerprint tells. */
import { expect, it } from 'vitest'
import { lowerBound, numberColumn } from '../../../../core/frame.ts'
import { buildDataset, findFeatureSet, parseLabel } from '../../../../features/index.ts'
import { averageUniqueness, labelSpans } from '../../../../features/weights/index.ts'
import { purgedTimeSplit } from '../../../../models/index.ts'
import { barReturns } from '../../../../pipelines/data/bar-returns.ts'
import { weighSamples } from '../../../../pipelines/train/weigh-samples.ts'
import { randomBars } from '../../../support/bars.ts'

const bars = [randomBars(200, 1), randomBars(170, 2)]
const dataset = buildDataset({
  symbols: ['A', 'B'],
  bars,
  groups: new Int32Array(2),
  set: findFeatureSet('base'),
  label: parseLabel('return:5'),
  window: 3,
})
const { train, validation } = purgedTimeSplit(dataset, { validationFraction: 0.2, embargoBars: 2 })
const returns = barReturns(dataset, bars)
const weigh = (weights: string | undefined, from = dataset) =>
  weighSamples(from, train, { weights, barReturns: () => returns })

it('is the very dataset without weights, or with uniform ones', () => {
  expect(weigh(undefined)).toBe(dataset)
  expect(weigh('uniform')).toBe(dataset)
})

it('touches training rows alone, on a buffer that workers share', () => {
  const { weight, ...rest } = weigh('uniqueness')
  const unique = averageUniqueness(labelSpans(dataset, train))
  const mean = unique.reduce((sum, value) => sum + value, 0) / unique.length
  train.forEach((row, k) => {
    expect(weight[row]).toBeCloseTo(unique[k]! / mean, 12)
  })
  for (const row of validation) expect(weight[row]).toBe(1)
  expect(weight.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(dataset.weight.every((value) => value === 1)).toBe(true)
  expect(rest).toMatchObject({ X: dataset.X, y: dataset.y, samples: dataset.samples })
})

it('multiplies weights that are there', () => {
  const own = dataset.weight.map((_, row) => 1 + (row % 2))
  const { weight } = weigh('decay:20', { ...dataset, weight: own })
  const plain = weigh('decay:20').weight
  const [first, second] = train as unknown as [number, number]
  expect(weight[second]! / weight[first]!).toBeCloseTo(
    ((plain[second]! / plain[first]!) * own[second]!) / own[first]!,
    12,
  )
  for (const row of validation) expect(weight[row]).toBe(own[row])
})

it('has a fingerprint for each weighting', () => {
  const texts = ['uniform', 'uniqueness', 'return', 'decay:20', 'decay:21', 'uniqueness*decay:20']
  const prints = texts.map((text) => weigh(text).fingerprint)
  expect(new Set(prints).size).toBe(texts.length)
  expect(weigh('decay:20').fingerprint).toBe(prints[3])
})

it('has the return of the bar of each row', () => {
  expect(returns).toHaveLength(dataset.rows)
  for (let row = 0; row < dataset.rows; row++) {
    const frame = bars[dataset.symbol[row]!]!
    const close = numberColumn(frame, 'close')
    const bar = lowerBound(numberColumn(frame, 'knownAt'), dataset.time[row]!)
    expect(returns[row]).toBe(Math.log(close[bar]! / close[bar - 1]!))
  }
})
