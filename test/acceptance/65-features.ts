/** Features, Shows 5 and 6: computing into files, what a set holds, a wrong set explained, a model refused once its set has changed. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert, quorum, remove, temporaryFolder } from './harness.ts'

export default async function featuresOnTheCommandLine(): Promise<string> {
  const folder = await temporaryFolder()
  const run = async (...args: string[]): Promise<Record<string, unknown>> => {
    const result = await quorum(folder, ...args, '--json')
    assert(result.code === 0, `${args.slice(0, 2).join(' ')} exits 0`, result.stderr.slice(-2_000))
    return result.json()
  }
  try {
    const compute = ['features', 'compute', '--set', 'alpha158', '--symbols', 'SPX,AAPL', '--out']
    const first = await run(...compute, join(folder, 'f.parquet'))
    const again = await run(...compute, join(folder, 'f.csv'))
    assert(first['rows'] === 6_365 && first['features'] === 158, 'rows and features', first)
    assert(first['fingerprint'] === again['fingerprint'], 'one fingerprint for equal work', again)
    assert(typeof first['seconds'] === 'number', 'seconds', first)
    const [header, ...lines] = (await readFile(join(folder, 'f.csv'), 'utf8')).trim().split('\n')
    assert(header!.startsWith('time,symbol,KMID,KLEN'), 'time, symbol, features', header)
    assert(lines.length === 6_365, 'a line a bar', lines.length)

    const shown = await run('features', 'show', 'alpha158')
    const rows = shown['features'] as Record<string, unknown>[]
    const std = rows.find((row) => row['name'] === 'STD20')
    assert(rows.length === 158, '158 features shown', rows.length)
    assert(
      std?.['expression'] === 'Div(Std($close, 20), $close)' &&
        std['window'] === 20 &&
        std['warmup'] === 19,
      'name, expression, window and warm-up',
      std,
    )

    const file = join(folder, 'my-set.yaml')
    await writeFile(file, 'name: mine\nfeatures:\n  near: Maen($close, 20) / $close\n')
    const wrong = await quorum(folder, 'features', 'check', file)
    assert(
      wrong.code === 2 && /near: There is no operator Maen.*Mean/.test(wrong.stderr),
      'a wrong expression is explained',
      wrong.stderr,
    )
    assert(wrong.stderr.includes('\n^\n'), 'with a caret under it', wrong.stderr)

    await writeFile(
      file,
      'name: mine\nfeatures:\n  near: Mean($close, 20) / $close\n  body: $close / $open\n',
    )
    await run('features', 'add', file)
    const period = '--symbols SPX --label return:5 --param n_estimators=10'.split(' ')
    await run('train', '--model', 'own', '--kind', 'gbdt', '--features', 'mine', ...period)
    await run('predict', '--model', 'own', '--symbols', 'SPX')
    await writeFile(
      file,
      'name: mine\nfeatures:\n  near: Mean($close, 21) / $close\n  body: $close / $open\n',
    )
    await run('features', 'add', file)
    const refused = await quorum(folder, 'predict', '--model', 'own', '--symbols', 'SPX')
    assert(
      refused.code === 6 && refused.stderr.includes('feature set mine is defined differently now'),
      'a model is refused once its set has changed',
      refused.stderr,
    )
    return '158 features of two symbols, a wrong set explained, a changed set refused'
  } finally {
    await remove(folder)
  }
}
