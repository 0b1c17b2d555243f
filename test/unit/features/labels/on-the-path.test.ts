/** Labels and weights on the path, with a real store and database: recipe, training, manifest, matured outcomes, sessions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../../core/clock.ts'
import { labelPanel, parseLabel } from '../../../../features/labels/index.ts'
import { dayMs, simulatePanel, sliceBars } from '../../../../market/index.ts'
import type { ModelManifest } from '../../../../models/index.ts'
import {
  createExperiment,
  matureAll,
  runInline,
  type Platform,
  type TrainResult,
} from '../../../../pipelines/index.ts'
import { testPlatform, type TestPlatform } from '../../../support/platform.ts'

const signal = new AbortController().signal
const label = 'rank:5@open'
const length = 330
const { bars, instruments } = simulatePanel({ symbols: 3, bars: length, strength: 0.3, seed: 5 })
const symbols = instruments.map((one) => one.symbol)
/** The third symbol's bars come late: so many are stored at first. */
const early = 300

let host: TestPlatform
let platform: Platform

const train = async (model: string, more: Record<string, unknown> = {}): Promise<ModelManifest> => {
  const recipe = { model, kind: 'ridge', symbols, label, ...more }
  const work = { recipe, author: 'test' }
  const { artifact } = (await runInline(platform, 'train', work, { signal, model })) as TrainResult
  return (await platform.artifacts.manifest(artifact)) as ModelManifest
}
const newest = async (model: string): Promise<string> =>
  (await platform.registry.models.resolve(model)).artifact

beforeAll(async () => {
  host = await testPlatform()
  platform = host.platform
  for (const [k, instrument] of instruments.entries()) {
    await platform.bars.putInstrument(instrument)
    const stored = sliceBars(bars[k]!, 0, k === 2 ? early : length)
    await platform.bars.append(instrument.symbol, '1d', stored)
  }
})
afterAll(() => host.close())

describe('sample weights of a recipe', () => {
  const window = { to: '2015-12-31' }

  it('are in the manifest and change the artifact; uniform ones are those of a recipe without', async () => {
    const plain = await train('m', { window })
    const plainId = await newest('m')
    const uniform = await train('m', { window, sampleWeights: 'uniform' })
    expect(uniform).toEqual(plain)
    expect(uniform).not.toHaveProperty('sampleWeights')
    const unique = await train('u', { window, sampleWeights: 'decay:50.0*uniqueness' })
    expect(unique.sampleWeights).toBe('uniqueness*decay:50')
    expect(unique.data.fingerprint).not.toBe(plain.data.fingerprint)
    expect(unique.files['model.json']).not.toBe(plain.files['model.json'])
    expect(await newest('u')).not.toBe(plainId)
    const returns = await train('r', { window, sampleWeights: 'return' })
    expect(returns.data.fingerprint).not.toBe(unique.data.fingerprint)
    expect((await platform.registry.models.newestRecipe('u')).sampleWeights).toBe(
      'uniqueness*decay:50',
    )
  })

  it.each([
    [{ sampleWeights: 'uniquness' }, 'UNKNOWN_NAME'],
    [{ sampleWeights: 'decay:-1' }, 'INVALID_VALUE'],
    [{ label: 'ranks:5' }, 'UNKNOWN_NAME'],
    [{ label: 'rank:5:3' }, 'INVALID_VALUE'],
    [{ symbols: [symbols[0]] }, 'INVALID_VALUE'],
  ])('%j is refused', async (more, code) => {
    await expect(train('bad', more)).rejects.toMatchObject({ code })
  })
})

describe('a label across symbols', () => {
  it('matures with the bars of all symbols that the model was trained on', async () => {
    const { registry } = platform
    const manifest = await platform.artifacts.manifest(await newest('m'))
    const columns = labelPanel(bars, parseLabel(label))
    const log = async (k: number, row: number): Promise<void> => {
      const vote = { model: 'm', version: 1, artifact: await newest('m'), prediction: 0 } as const
      await registry.outcomes.log(
        [
          {
            ...{ symbol: symbols[k]!, time: bars[k]!.columns.knownAt[row]!, direction: 0 },
            ...{ strength: 0, confidence: 0, agreeing: 0, voters: 1 },
            votes: [{ ...vote, direction: 0, weight: 1 }],
          },
        ],
        manifest,
      )
    }
    const squaredError = async (): Promise<[outcomes: number, error: number]> => {
      const [one] = await registry.outcomes.summary()
      return [one!.outcomes, one!.meanSquaredError]
    }
    const at = (time: number): Promise<{ matured: number; waiting: number }> =>
      matureAll({ ...platform, clock: new ManualClock(time) }, signal)

    const rows = [150, early - 2, early + 5]
    for (const row of rows) await log(0, row)
    const value = rows.map((row) => columns[0]!.y[row]!)
    const end = rows.map((row) => columns[0]!.labelEnd[row]!)
    // All of the first label is stored; the third symbol ends before the second label does, and may only be late.
    expect(await at(end[1]! + dayMs)).toEqual({ matured: 1, waiting: 2 })
    expect(await squaredError()).toEqual([1, expect.closeTo(value[0]! ** 2, 12)])
    await platform.bars.append(symbols[2]!, '1d', sliceBars(bars[2]!, early, early + 8))
    expect(await at(end[1]! + dayMs)).toEqual({ matured: 1, waiting: 1 })
    const both = (value[0]! ** 2 + value[1]! ** 2) / 2
    expect(await squaredError()).toEqual([2, expect.closeTo(both, 12)])
    // A week later the third symbol counts as halted, and is compared with its newest price.
    const halted = [bars[0]!, bars[1]!, sliceBars(bars[2]!, 0, early + 8)]
    const last = labelPanel(halted, parseLabel(label))[0]!.y[rows[2]!]!
    expect(await at(end[2]! + 8 * dayMs)).toEqual({ matured: 1, waiting: 0 })
    expect(await squaredError()).toEqual([3, expect.closeTo((2 * both + last ** 2) / 3, 12)])
  })
})

it('a label without a direction is not traded', async () => {
  await train('v', { label: 'volatility:5', window: { to: '2015-09-30' } })
  await train('v', { label: 'volatility:5', window: { to: '2015-10-31' } })
  const source = { type: 'replay', from: '2016-01-04', to: '2016-02-01' } as const
  const request = { model: 'v', champion: 1, challenger: 2, source }
  await expect(createExperiment(platform, request, 'inline')).rejects.toThrow(
    'label of a traded model must be one whose sign is a direction, got "volatility:5"',
  )
})
