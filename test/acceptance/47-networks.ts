/**
 * The training engine, Shows 7: each network from the command line on the bundled series, at default settings, within two minutes;
 * `models show NAME@V --json` gives its parameters, curve, metrics, timing and hashes.
 */
import { assert, quorum, remove, temporaryFolder } from './harness.ts'

const kinds = ['mlp', 'lstm', 'gru', 'transformer', 'tcn']
const limitSeconds = 120

interface Card {
  kind: string
  version: number
  artifact: string
  params: Record<string, unknown>
  curve: { step: number; trainLoss: number; validationLoss: number }[]
  metrics: Record<string, number | null>
  timing: { startedAt: number; seconds: number; rowsPerSecond: number | null; resumedFrom: unknown }
  hashes: { artifact: string; files: Record<string, string>; data: string; featureSet: string }
  card: string
}

export default async function networks(): Promise<string> {
  const data = await temporaryFolder()
  const said: string[] = []
  try {
    for (const kind of kinds) {
      const began = performance.now()
      const trained = await quorum(
        data,
        ...['train', '--model', `spx-${kind}`, '--kind', kind, '--symbols', 'SPX', '--json'],
      )
      const seconds = (performance.now() - began) / 1_000
      assert(trained.code === 0, `${kind} trains`, trained.stderr.slice(-2_000))
      assert(seconds < limitSeconds, `${kind} takes less than ${limitSeconds} s`, seconds)
      said.push(`${kind} ${seconds.toFixed(1)} s`)
      const shown = await quorum(data, 'models', 'show', `spx-${kind}@1`, '--json')
      assert(shown.code === 0, `spx-${kind}@1 is shown`, shown.stderr)
      checkCard(kind, shown.json() as unknown as Card, trained.json())
    }
    return said.join(', ')
  } finally {
    await remove(data)
  }
}

function checkCard(kind: string, card: Card, trained: Record<string, unknown>): void {
  const { params, curve, metrics, timing, hashes } = card
  assert(card.kind === kind && card.version === 1, 'the kind and the version', card)
  assert(typeof params['learningRate'] === 'number', 'all parameters, the defaults too', params)
  assert(
    curve.length > 0 &&
      curve.every(({ trainLoss, validationLoss }) =>
        [trainLoss, validationLoss].every(Number.isFinite),
      ) &&
      curve.every(({ step }, k) => k === 0 || step > curve[k - 1]!.step),
    'a curve of finite losses, step by step',
    curve,
  )
  const measured = Object.entries(trained['metrics'] as Record<string, number | null>)
  assert(
    measured.length > 0 && measured.every(([name, value]) => metrics[name] === value),
    'the metrics',
    metrics,
  )
  assert(
    timing.seconds > 0 && Number(timing.rowsPerSecond) > 0 && timing.resumedFrom === null,
    'the timing',
    timing,
  )
  const all = [hashes.artifact, hashes.data, hashes.featureSet, ...Object.values(hashes.files)]
  assert(
    all.length > 5 && all.every((hash) => /^[0-9a-f]{64}$/.test(hash)),
    'hashes of artifact, data, features and files',
    hashes,
  )
  assert(hashes.artifact === trained['artifact'], 'the artifact that train named', hashes)
  assert(card.card.includes('## Learning curve'), 'the card shows the curve', card.card)
}
