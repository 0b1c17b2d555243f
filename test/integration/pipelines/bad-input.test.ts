/** Bad input to training, end to end: refused with its value, the remedy and the exit code, and nothing half-written. */
import { spawn } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../../../core/files.ts'
import { createRng } from '../../../core/rng.ts'
import { ensureSymbols, runInline, type Platform } from '../../../pipelines/index.ts'
import { testPlatform, type TestPlatform } from '../../support/platform.ts'

let host: TestPlatform
let platform: Platform

beforeAll(async () => {
  host = await testPlatform()
  platform = host.platform
  await ensureSymbols(platform, ['SPX'])
})
afterAll(() => host.close())

/** A file of 60 rows: columns a, b and y, each a function of the row. */
async function fileOf(
  name: string,
  y: (row: number) => number | string,
  a: (row: number) => number | string = (row) => Math.sin(row),
): Promise<{ file: string; target: string; horizon: number }> {
  const rng = createRng(1)
  const rows = Array.from({ length: 60 }, (_, row) => `${a(row)},${rng.normal()},${y(row)}`)
  const file = join(platform.dataDir, `${name}.csv`)
  await writeFile(file, ['a,b,y', ...rows].join('\n'))
  return { file, target: 'y', horizon: 1 }
}

async function refused(recipe: Record<string, unknown>): Promise<Error & { exitCode: number }> {
  const payload = { recipe: { model: 'bad', kind: 'ridge', ...recipe }, author: 'test' }
  const signal = new AbortController().signal
  const error = await runInline(platform, 'train', payload, { signal, model: 'bad' }).then(
    () => undefined,
    (thrown: unknown) => thrown as Error & { exitCode: number },
  )
  const { registry, artifacts, dataDir } = platform
  expect(await registry.models.list()).toEqual([])
  expect(await artifacts.list()).toEqual([])
  const left = await readdir(join(dataDir, 'artifacts')).catch(() => [])
  expect(left).toEqual([])
  const [run] = await registry.runs.list({ model: 'bad', limit: 1 })
  expect(run).toMatchObject({ state: 'failed', error: { message: error!.message } })
  return error!
}

const bars = { symbols: ['SPX'], label: 'return:5' }

describe('stored bars', () => {
  it('too few for the window', async () => {
    const error = await refused({
      ...{ ...bars, kind: 'lstm', params: { window: 400 } },
      window: { to: '2001-03-01' },
    })
    expect(error.exitCode).toBe(3)
    expect(error.message).toMatch(
      /a sample takes \d{3} bars of warm-up, window and label .* there are SPX \d+\. Widen --from\/--to/,
    )
  })

  it('a window of days without any', async () => {
    const error = await refused({ ...bars, window: { from: '2035-01-01' } })
    expect(error.exitCode).toBe(3)
    expect(error.message).toMatch(/no usable row/)
  })

  it('all for validation after purging', async () => {
    const error = await refused({
      ...{ ...bars, window: { to: '2001-03-01' } },
      validation: { fraction: 0.5, embargoBars: 1_000 },
    })
    expect(error.exitCode).toBe(3)
    expect(error.message).toMatch(/the training set has no usable row: \d+ moments leave none/)
  })
})

describe('a file', () => {
  it('shorter than the window', async () => {
    const dataset = await fileOf('short', (row) => row)
    const error = await refused({ dataset, kind: 'lstm', params: { window: 64 } })
    expect(error.exitCode).toBe(3)
    expect(error.message).toMatch(/window of 64 rows of one symbol .* of 60 rows 60 have a target/)
  })

  it('without any label', async () => {
    const error = await refused({ dataset: await fileOf('unlabelled', () => 'nan') })
    expect(error.exitCode).toBe(3)
    expect(error.message).toMatch(/of 60 rows 0 have a target/)
  })

  it('with one label', async () => {
    const error = await refused({ dataset: await fileOf('one', () => 0.25) })
    expect(error.exitCode).toBe(3)
    expect(error.message).toMatch(
      /one\.csv: y is 0\.25 in all \d+ training rows, so there is no variation to learn from\. Choose another target/,
    )
  })

  it.each(['inf', '-inf'])('with a target of %s', async (value) => {
    const dataset = await fileOf('infinite', (row) => (row === 17 ? value : row))
    const error = await refused({ dataset })
    expect(error.exitCode).toBe(3)
    expect(error.message).toMatch(
      /target y of .*infinite\.csv holds -?Infinity at row 17\. Fill or/,
    )
  })

  it('with an infinite feature', async () => {
    const dataset = await fileOf(
      'wild',
      (row) => row,
      (row) => (row === 5 ? 'inf' : row),
    )
    const error = await refused({ dataset })
    expect(error.exitCode).toBe(3)
    expect(error.message).toMatch(/feature a holds Infinity at row 5/)
  })

  it('whose columns say nothing', async () => {
    const file = join(platform.dataDir, 'flat.csv')
    const rows = Array.from({ length: 60 }, (_, row) => `7,nan,${row % 5}`)
    await writeFile(file, ['same,none,y', ...rows].join('\n'))
    const error = await refused({ dataset: { file, target: 'y', horizon: 1 } })
    expect(error.exitCode).toBe(3)
    expect(error.message).toMatch(
      /flat\.csv: no column varies in the training rows: same \(constant\), none \(empty\)\. Give/,
    )
  })
})

describe('the command', () => {
  const file = (name: string): string => join(platform.dataDir, name)
  it.each<[string, () => string[], number, RegExp]>([
    ['no seed', () => ['--symbols', 'SPX', '--seeds', '0'], 2, /seeds must be an integer from 1/],
    ['no worker', () => ['--symbols', 'SPX', '--workers', '0'], 2, /training\.workers must be/],
    [
      'contradictory flags',
      () => ['--symbols', 'SPX', '--rolling-days', '90', '--to', '2010-01-01'],
      2,
      /either --rolling-days or --to, not both/,
    ],
    ['an unknown kind', () => ['--symbols', 'SPX', '--kind', 'lsmt'], 4, /Known: lstm/],
    [
      'an unknown parameter',
      () => ['--symbols', 'SPX', '--param', 'alhpa=2'],
      4,
      /no parameter of ridge alhpa\. Known: alpha/,
    ],
    [
      'one label',
      () => ['--dataset', file('one.csv'), '--target', 'y', '--horizon', '1'],
      3,
      /no variation to learn from/,
    ],
  ])('ends with the exit code for %s, and says why', async (_, flags, exit, message) => {
    await fileOf('one', () => 0.25)
    const { code, stdout, stderr } = await quorum([
      ...['train', '--model', 'bad', '--kind', 'ridge', '--json', ...flags()],
    ])
    expect(stderr).toMatch(message)
    expect(code).toBe(exit)
    const { error } = JSON.parse(stdout) as { error: { message: string } }
    expect(error.message).toMatch(message)
    expect(await platform.registry.models.list()).toEqual([])
  })
})

/** The built command on this platform's folder, whose owner this process is. */
function quorum(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { dataDir, config } = platform
  const { url } = config.database
  // An empty text counts as not set.
  const env = { ...process.env, DATABASE_URL: url ?? '' }
  const child = spawn(
    process.execPath,
    [join(packageRoot, 'dist/cli/main.js'), ...args, '--data', dataDir],
    { cwd: packageRoot, env },
  )
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout.on('data', (part: Buffer) => out.push(part.toString()))
  child.stderr.on('data', (part: Buffer) => err.push(part.toString()))
  return new Promise((resolve) =>
    child.on('close', (code) =>
      resolve({ code: code ?? -1, stdout: out.join(''), stderr: err.join('') }),
    ),
  )
}
