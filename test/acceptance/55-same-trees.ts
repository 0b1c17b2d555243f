/** Trees, Shows 5: with 1, 2 and 8 threads, and with a `kill -9` and a repeated command, the same model bytes. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert, finished, quorum, remove, start, temporaryFolder, until } from './harness.ts'

/** Enough rows and columns for eight threads to have work. */
const rows = 12_000
const columns = 64

export default async function sameTrees(): Promise<string> {
  const folder = await temporaryFolder()
  try {
    const file = join(folder, 'rows.csv')
    await writeFile(file, table())
    const flags = ['--kind', 'gbdt', '--dataset', file, '--target', 'y', '--seed', '1', '--json']
    const trained = async (model: string, more: readonly string[]): Promise<Buffer> => {
      const result = await quorum(folder, 'train', '--model', model, ...flags, ...more)
      assert(result.code === 0, 'the training exits 0', result.stderr.slice(-2_000))
      return exported(folder, model)
    }
    const quick = ['--param', 'n_estimators=20', '--param', 'max_depth=6']
    const models: Buffer[] = []
    for (const threads of [1, 2, 8])
      models.push(await trained(`t${threads}`, [...quick, '--param', `nthread=${threads}`]))
    assert(
      models.every((model) => model.equals(models[0]!)),
      '1, 2 and 8 threads give the same bytes',
    )
    const long = ['--param', 'n_estimators=3000', '--param', 'early_stopping_rounds=3000']
    const undisturbed = await trained('long', long)
    const resumed = await killed(folder, ['train', '--model', 'again', ...flags, ...long])
    assert(
      (await exported(folder, 'again')).equals(undisturbed),
      'the resumed fit gives the same bytes',
    )
    return `${models[0]!.length} bytes thrice; killed and gone on at ${resumed}, ${undisturbed.length} bytes twice`
  } finally {
    await remove(folder)
  }
}

/** Kills the command once it is well under way, repeats it, and answers where it went on. */
async function killed(folder: string, args: readonly string[]): Promise<string> {
  const child = start([...args, '--data', folder])
  const ended = finished(child)
  let said = ''
  child.stderr!.on('data', (part: Buffer) => (said += part.toString()))
  await until('under way', 60, () => {
    assert(child.exitCode === null, 'the training has not ended yet', said)
    return Promise.resolve(said.includes('"progress"'))
  })
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  child.kill('SIGKILL')
  assert((await ended).code === -1, 'the command was killed in the middle')
  const again = await quorum(folder, ...args)
  assert(again.code === 0, 'the repeated command exits 0', again.stderr.slice(-2_000))
  const resumed = /again: goes on at (\d+ of \d+ \w+)/.exec(again.stderr)
  assert(resumed !== null, 'it says that it resumes', again.stderr.slice(0, 2_000))
  return resumed[1]!
}

async function exported(folder: string, model: string): Promise<Buffer> {
  const out = join(folder, `${model}.json`)
  const result = await quorum(
    folder,
    'models',
    'export',
    model,
    '--format',
    'xgboost-json',
    '--out',
    out,
  )
  assert(result.code === 0, 'the export exits 0', result.stderr)
  return readFile(out)
}

/** Sines of different periods, and a label that some of them make. */
function table(): string {
  const names = Array.from({ length: columns }, (_, k) => `x${k}`)
  const lines = Array.from({ length: rows }, (_, row) => {
    const values = names.map((_name, k) => Math.sin((row + 1) * (k + 1.7) * 1.37))
    const y = values[0]! * values[1]! + 0.5 * values[2]! + Math.sin(row * 12.9898)
    return [y, ...values].map((value) => value.toFixed(6)).join(',')
  })
  return [['y', ...names].join(','), ...lines, ''].join('\n')
}
