/** Features, Shows 7: 10,000 served predictions verify without a mismatch; with one operator changed, the feature is named. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert, freePort, quorum, remove, root, start, temporaryFolder, until } from './harness.ts'

const predictions = 10_000
const symbolsAtOnce = 50

export default async function servedFeaturesVerify(): Promise<string> {
  const folder = await temporaryFolder()
  try {
    const train = '--symbols SPX,AAPL --label return:5 --param n_estimators=5 --kind gbdt'.split(
      ' ',
    )
    for (const features of ['base', 'alpha158']) {
      const result = await quorum(
        folder,
        'train',
        '--model',
        features,
        '--features',
        features,
        ...train,
      )
      assert(result.code === 0, `train on ${features}`, result.stderr.slice(-2_000))
    }
    const config = join(folder, 'quorum.yaml')
    await writeFile(config, 'features:\n  log: vectors\n')
    const port = await freePort()
    const server = start(['serve', '--port', String(port), '--data', folder, '--config', config])
    const url = `http://127.0.0.1:${port}`
    try {
      await until('the server is ready', 60, async () => {
        const response = await fetch(`${url}/v2/health/ready`).catch(() => undefined)
        return response?.ok === true
      })
      const symbols = Array.from({ length: symbolsAtOnce }, (_, k) =>
        k % 2 === 0 ? 'SPX' : 'AAPL',
      )
      for (let served = 0; served < predictions; served += symbolsAtOnce) {
        const model = served % (2 * symbolsAtOnce) === 0 ? 'base' : 'alpha158'
        await Promise.all(
          symbols.map(async (symbol) => {
            const answer = await fetch(`${url}/v1/predict`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ model, symbols: [symbol] }),
            })
            assert(answer.ok, 'a prediction', await answer.text())
          }),
        )
      }
    } finally {
      const ended = new Promise((resolve) => server.once('close', resolve))
      server.kill('SIGTERM')
      await ended
    }
    const good = await quorum(folder, 'features', 'verify', '--json')
    const report = good.json() as { vectors: number; compared: number; mismatches: unknown[] }
    assert(good.code === 0, 'verify exits 0', good.stdout)
    assert(report.compared >= predictions, '10,000 vectors compared', report)
    assert(report.mismatches.length === 0, 'no mismatch', report.mismatches)

    const operator = join(root, 'dist/features/operators/rolling/rolling-sum.js')
    const code = await readFile(operator, 'utf8')
    // Means of one bar fewer.
    const changed = code.replace(
      'windowState(params, options)',
      'windowState([params[0] - Number(average)], options)',
    )
    assert(changed !== code, 'an operator to change', operator)
    await writeFile(operator, changed)
    try {
      const bad = await quorum(folder, 'features', 'verify', '--set', 'alpha158', '--json')
      const { mismatches } = bad.json() as { mismatches: { feature: string; count: number }[] }
      const named = mismatches.map(({ feature }) => feature)
      assert(bad.code === 6, 'verify exits 6', bad.code)
      assert(named.includes('MA20') && named.includes('VMA5'), 'the features are named', named)
      assert(!named.includes('STD20') && !named.includes('KMID'), 'and no others', named)
      return `${report.compared} vectors agree; a changed mean names ${named.length} features`
    } finally {
      await writeFile(operator, code)
    }
  } finally {
    await remove(folder)
  }
}
