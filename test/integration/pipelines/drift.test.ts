/** Drift of stored bars against the training of a version: a planted shift is named, bars like the training's are not. */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../../../core/files.ts'
import { createBars, simulatePanel, type Bars } from '../../../market/index.ts'
import {
  addUserSet,
  driftOfVersion,
  runInline,
  type DriftReport,
  type Platform,
} from '../../../pipelines/index.ts'
import { testPlatform, type TestPlatform } from '../../support/platform.ts'

const trainedOn = ['SIM001', 'SIM002', 'SIM003']
const shifted = ['WIDE001', 'WIDE002', 'WIDE003']
const lastOfTraining = '2018-12-31'
const shiftFrom = Date.UTC(2019, 0, 1)

let host: TestPlatform
let platform: Platform

beforeAll(async () => {
  host = await testPlatform()
  platform = host.platform
  const { bars, instruments } = simulatePanel({ symbols: 3, bars: 1_250 })
  for (const [k, own] of bars.entries()) {
    for (const [symbol, stored] of [
      [trainedOn[k]!, own],
      [shifted[k]!, widened(own, shifted[k]!)],
    ] as const) {
      await platform.bars.putInstrument({ ...instruments[k]!, symbol })
      await platform.bars.append(symbol, '1d', stored)
    }
  }
  const sets = {
    shape:
      'name: shape\nfeatures:\n  body: $close / $open - 1\n  range: ($high - $low) / $open\n  calm: Mean(Abs($close / $open - 1), 5)\n',
    ranks:
      'name: ranks\nfeatures:\n  body: CSRank($close / $open)\n  range: CSRank($high / $low)\n',
  }
  for (const [name, text] of Object.entries(sets)) {
    const file = join(platform.dataDir, `${name}.yaml`)
    await writeFile(file, text)
    await addUserSet(platform.dataDir, file)
    await train({ model: name, features: name })
  }
  const members = ['shape', 'ranks'].map((features) => {
    return { model: `both-${features}`, kind: 'ridge', features }
  })
  await train({ model: 'both', members, kind: undefined })
}, 120_000)
afterAll(() => host.close())

async function train(recipe: Record<string, unknown>): Promise<void> {
  const common = { kind: 'ridge', symbols: trainedOn, label: 'return:1' }
  const payload = {
    recipe: { ...common, window: { to: lastOfTraining }, ...recipe },
    author: 'test',
  }
  const signal = new AbortController().signal
  await runInline(platform, 'train', payload, { signal, model: String(recipe['model']) })
}

/** The same bars under another name, with highs that are 2 % higher from the shift on. */
function widened({ columns, time, timeframe }: Bars, symbol: string): Bars {
  const high = columns.high.map((x, row) => (time[row]! < shiftFrom ? x : x * 1.02))
  return createBars({ ...columns, symbol, timeframe, closeTime: time, high })
}

async function measure(
  reference: string,
  request: Partial<Parameters<typeof driftOfVersion>[2]> = {},
): Promise<DriftReport> {
  const version = await platform.registry.models.resolve(reference)
  const signal = new AbortController().signal
  return driftOfVersion(platform, version, { signal, onProgress: () => undefined, ...request })
}

const states = ({ features }: DriftReport): Record<string, string> =>
  Object.fromEntries(features.map(({ feature, state }) => [feature, state]))

describe('drift of bars', () => {
  it('after the training is none where nothing has changed', async () => {
    const report = await measure('shape')
    expect(states(report)).toMatchObject({ body: 'ok', range: 'ok' })
    expect(report).toMatchObject({ model: 'shape', version: 1, set: 'shape', isInSample: false })
    const { labelEnd } = await platform.artifacts.manifest(
      (await platform.registry.models.resolve('shape')).artifact,
    )
    const bars = await platform.bars.read({ symbols: trainedOn, timeframe: '1d' })
    const later = bars.map(({ columns }) => columns.knownAt.filter((time) => time > labelEnd))
    expect(report.rows).toBe(later.reduce((sum, { length }) => sum + length, 0))
    expect([report.from, report.to]).toEqual([later[0]![0], later[0]!.at(-1)])
  })

  it('of a planted shift names the feature, and no other', async () => {
    const report = await measure('shape', { symbols: shifted })
    expect(report.features[0]).toMatchObject({ feature: 'range', state: 'alert' })
    expect(states(report)).toMatchObject({ body: 'ok' })
    const before = await measure('shape', {
      symbols: shifted,
      from: '2015-03-01',
      to: '2018-12-31',
    })
    expect(states(before)).toEqual({ body: 'ok', range: 'ok', calm: 'ok' })
    expect(before.isInSample).toBe(true)
  })

  it('of a set across symbols sees those of the training beside the ones that are asked for', async () => {
    const [own, others] = [await measure('ranks'), await measure('ranks', { symbols: shifted })]
    expect(own.rows).toBe(others.rows)
    // Among all six the wide ones rank high, so that no rank of theirs is as in training.
    expect(states(own)).toEqual({ body: 'ok', range: 'ok' })
    expect(states(others)).toMatchObject({ range: 'alert' })
  })

  it('of an ensemble is that of the member on the set', async () => {
    const both = await measure('both', { set: 'shape' })
    expect(both.features).toEqual((await measure('shape')).features)
    await expect(measure('both')).rejects.toThrow(/--set must be one of shape, ranks/)
    await expect(measure('both', { set: 'shap' })).rejects.toMatchObject({
      code: 'UNKNOWN_NAME',
      details: { known: 'shape, ranks' },
    })
  })

  it('needs a training reference', async () => {
    const file = join(platform.dataDir, 'own.csv')
    const rows = Array.from({ length: 80 }, (_, k) => `${Math.sin(k)},${Math.cos(3 * k)}`)
    await writeFile(file, ['x,y', ...rows].join('\n'))
    await train({
      ...{ model: 'own', dataset: { file, target: 'y', horizon: 1 } },
      ...{ symbols: undefined, label: undefined, window: undefined },
    })
    await expect(measure('own')).rejects.toThrow(
      /the model to measure must be one with a training reference, .* Train it again on a feature set/,
    )
  })
})

describe('the command', () => {
  it('prints the measures as JSON, and fails on the state it is told to fail on', async () => {
    const same = await quorum(['drift', 'shape', '--json', '--fail-on', 'alert'])
    expect(same.code).toBe(0)
    const { features, ...facts } = JSON.parse(same.stdout) as DriftReport
    expect(Object.keys(facts).slice(0, 3)).toEqual(['model', 'version', 'set'])
    expect(features).toEqual((await measure('shape')).features)
    const wide = ['drift', 'shape@1', '--symbols', shifted.join()]
    const { code, stdout } = await quorum([...wide, '--top', '1', '--fail-on', 'watch'])
    expect(code).toBe(1)
    const lines = stdout.trim().split('\n')
    expect(lines.find((line) => line.startsWith('range'))).toMatch(/^range +alert +\d/)
    expect(stdout).toContain('… and 2 more')
    expect(lines.at(-1)).toMatch(
      /^shape version 1 on shape: 1 alert, .* in \d{3} rows of 3 symbols, 20\d\d-.* to 2019-/,
    )
  })

  it('judges by the limits of the configuration', async () => {
    const wide = ['drift', 'shape', '--symbols', shifted.join(), '--fail-on', 'alert']
    const { code, stdout } = await quorum(wide, { QUORUM_FEATURES__DRIFT__PSI_ALERT: '99' })
    expect(stdout).toMatch(/^range +watch/m)
    expect(code).toBe(0)
  })

  it.each<[string, string[], number, RegExp]>([
    ['a state that is none', ['shape', '--fail-on', 'bad'], 2, /one of watch, alert, got "bad"/],
    ['no features', ['shape', '--top', '0'], 2, /--top must be an integer ≥ 1, got 0/],
    ['too few rows', ['shape', '--from', '2019-10-01'], 3, /it takes 500 rows/],
  ])('refuses %s', async (_, args, exit, message) => {
    const { code, stdout, stderr } = await quorum(['drift', '--json', ...args])
    expect(stderr).toMatch(message)
    expect(code).toBe(exit)
    expect(JSON.parse(stdout)).toHaveProperty('error')
  })
})

describe('drift of bars is refused for', () => {
  it.each<[string, string, Parameters<typeof measure>[1], string, RegExp]>([
    ['an unknown model', 'shap', {}, 'UNKNOWN_NAME', /no model shap\. Known: .*shape/],
    ['an unknown version', 'shape@7', {}, 'UNKNOWN_NAME', /7/],
    ['an unknown symbol', 'shape', { symbols: ['SIM01'] }, 'UNKNOWN_NAME', /no symbol SIM01\./],
    ['no symbol', 'shape', { symbols: [] }, 'INVALID_VALUE', /--symbols must be at least one/],
    ['a date that is none', 'shape', { from: '2019-02-30' }, 'INVALID_VALUE', /--from must be/],
    [
      ...(['dates the wrong way', 'shape', { from: '2019-03-01', to: '2019-01-01' }] as const),
      ...(['INVALID_VALUE', /not after/] as const),
    ],
    [
      ...(['too few rows', 'shape', { from: '2019-10-01' }, 'NO_ROWS'] as const),
      /it takes 500 rows after the warm-up of 4 bars .* there are \d+ of SIM001, SIM002, SIM003 since 2019-10-01/,
    ],
    ['no row', 'shape', { from: '2031-01-01' }, 'NO_ROWS', /there are 0 of/],
  ])('%s', async (_, reference, request, code, message) => {
    await expect(measure(reference, request)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    })
  })
})

/** The built command on this platform's folder, whose owner this process is. */
function quorum(
  args: string[],
  more: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { dataDir, config } = platform
  // An empty text counts as not set.
  const env = { ...process.env, DATABASE_URL: config.database.url ?? '', ...more }
  const command = join(packageRoot, 'dist/cli/main.js')
  const child = spawn(process.execPath, [command, 'features', ...args, '--data', dataDir], {
    ...{ cwd: packageRoot, env },
  })
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout.on('data', (part: Buffer) => out.push(part.toString()))
  child.stderr.on('data', (part: Buffer) => err.push(part.toString()))
  return new Promise((resolve) =>
    child.on('close', (code) =>
      resolve({ code: code ?? -1, stdout: out.join(''), stderr: err.join('') }),
    ),
  )
}
