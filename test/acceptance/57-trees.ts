/** Trees, Shows 7: training and predicting on a file, and on the bundled data training, exports, import and explanation. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert, quorum, remove, temporaryFolder } from './harness.ts'

export default async function treesOnTheCommandLine(): Promise<string> {
  const folder = await temporaryFolder()
  const run = async (...args: string[]): Promise<Record<string, unknown>> => {
    const result = await quorum(folder, ...args, '--json')
    assert(result.code === 0, `${args.slice(0, 2).join(' ')} exits 0`, result.stderr.slice(-2_000))
    return result.json()
  }
  try {
    const file = join(folder, 'rows.csv')
    const out = join(folder, 'P.csv')
    const lines = Array.from({ length: 800 }, (_, i) => [
      Math.sin(i),
      Math.cos(3 * i),
      Math.sin(i) * Math.cos(3 * i),
    ])
    await writeFile(file, ['a,b,y', ...lines.map((line) => line.join(',')), ''].join('\n'))
    const own = [
      '--kind',
      'gbdt',
      '--dataset',
      file,
      '--target',
      'y',
      '--param',
      'max_depth=4',
      '--seed',
      '1',
    ]
    await run('train', '--model', 'm', ...own)
    await run('predict', '--model', 'm', '--dataset', file, '--out', out)
    const [header, ...predicted] = (await readFile(out, 'utf8')).trim().split('\n')
    assert(
      header!.split(',').filter((name) => name === 'prediction').length === 1,
      'one column prediction',
      header,
    )
    assert(predicted.length === lines.length, 'a prediction for every row', predicted.length)

    const period = '--symbols SPX --label return:5 --from 2005-01-01 --to 2015-12-31'.split(' ')
    await run('train', '--model', 'trees', '--kind', 'gbdt', '--param', 'max_depth=4', ...period)
    const json = join(folder, 'trees-xgb.json')
    const onnx = join(folder, 'trees.onnx')
    await run('models', 'export', 'trees@1', '--format', 'xgboost-json', '--out', json)
    await run('models', 'export', 'trees@1', '--format', 'onnx', '--out', onnx)
    assert((await stat(onnx)).size > 1_000, 'an ONNX file')
    const imported = await run(
      'models',
      'import',
      '--format',
      'xgboost-json',
      json,
      '--features',
      'base',
    )
    assert(
      imported['model'] === 'trees-xgb' && imported['version'] === 1,
      'a version of its own',
      imported,
    )
    const asked = async (model: string): Promise<number> => {
      const answer = (await run('predict', '--model', model, '--symbols', 'SPX')) as {
        signals: { votes: { prediction: number }[] }[]
      }
      return answer.signals[0]!.votes[0]!.prediction
    }
    const [first, second] = [await asked('trees'), await asked('trees-xgb')]
    assert(Math.abs(first - second) < 1e-6, 'the imported model predicts the same', [first, second])
    const explained = (await run(
      'models',
      'explain',
      'trees@1',
      '--symbols',
      'SPX',
      '--top',
      '10',
    )) as {
      features: { feature: string; gain: number; shap: number }[]
      newest: { symbol: string; margins: number[]; contributions: unknown[] }[]
    }
    assert(explained.features.length === 10, 'ten features', explained.features)
    assert(
      Math.abs(explained.newest[0]!.margins[0]! - first) < 1e-6,
      'contributions add up to the prediction',
      explained.newest[0],
    )
    const refused = await quorum(
      folder,
      'models',
      'import',
      '--format',
      'xgboost-json',
      file,
      '--features',
      'base',
      '--json',
    )
    assert(refused.code === 3, 'a file that is no model is exit 3', refused.code)
    return `prediction ${first.toPrecision(4)} from ${explained.features[0]!.feature} first`
  } finally {
    await remove(folder)
  }
}
