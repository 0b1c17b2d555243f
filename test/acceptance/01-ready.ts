/** Shows 1 and 2: ready within 120 s, predictions with three voters that resolve, peak memory, second start within 10 s. */
import { assert, get, post, remove, startUp, temporaryFolder, until } from './harness.ts'

interface Vote {
  model: string
  version: number
  artifact: string
}

export default async function ready(): Promise<string> {
  const data = await temporaryFolder()
  try {
    const first = await startUp(data)
    const reply = await post(`${first.url}/v1/predict`, { model: 'spx', symbols: ['SPX'] })
    assert(reply.status === 200, 'predict answers 200', reply)
    const [signal] = reply.body['signals'] as { votes: Vote[]; voters: number; direction: number }[]
    assert(signal?.voters === 3 && signal.votes.length === 3, 'three voters', signal)
    for (const { model, version, artifact } of signal.votes) {
      const one = await get<{ artifact: string; manifest: { type: string } }>(
        `${first.url}/v1/models/${model}/versions/${version}`,
      )
      assert(
        one.artifact === artifact && one.manifest.type === 'model',
        `${model} ${version} resolves to its artifact`,
        one,
      )
      const byArtifact = await get<{ models: Vote[] }>(
        `${first.url}/v1/models?artifact=${artifact}`,
      )
      assert(
        byArtifact.models.some((found) => found.model === model && found.version === version),
        `artifact ${artifact} resolves`,
      )
    }
    type Experiments = { experiments: { state: string; bars: number; symbols: string[] }[] }
    await until('a live session on 30 symbols', 180, async () => {
      const { experiments } = await get<Experiments>(`${first.url}/v1/experiments`)
      return experiments.some(
        (one) => one.state === 'running' && one.bars > 3 && one.symbols.length === 30,
      )
    })
    const { experiments } = await get<Experiments>(`${first.url}/v1/experiments`)
    assert(
      experiments.some((one) => one.state === 'finished' && one.bars > 500),
      'the replay finished',
      experiments,
    )
    const peak = await first.peakMegabytes()
    assert(peak < 1_500, 'peak memory below 1.5 GB', peak)
    await first.kill('SIGTERM')
    const second = await startUp(data, { limitSeconds: 10 })
    const again = await post(`${second.url}/v1/predict`, { model: 'spx', symbols: ['SPX'] })
    assert(
      JSON.stringify(again.body) === JSON.stringify(reply.body),
      'the same prediction after a restart',
      again.body,
    )
    const seen = async (): Promise<number> =>
      (await get<Experiments>(`${second.url}/v1/experiments`)).experiments[0]!.bars
    const before = await seen()
    await until('the live session going on', 30, async () => (await seen()) > before)
    await second.kill('SIGTERM')
    return `ready in ${first.readySeconds.toFixed(1)} s, again in ${second.readySeconds.toFixed(1)} s, peak ${peak.toFixed(0)} MB`
  } finally {
    await remove(data)
  }
}
