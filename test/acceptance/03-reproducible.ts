/** Shows 3: the same training twice gives the same artifact and metrics as versions 1 and 2; another seed another artifact. */
import { assert, quorum, remove, temporaryFolder } from './harness.ts'

export async function trainDemo(data: string, seed: number): Promise<Record<string, unknown>> {
  const flags =
    '--model demo --kind lstm --features base --symbols SPX --label return:5 --from 2005-01-01 --to 2015-12-31 --json'
  const result = await quorum(data, 'train', ...flags.split(' '), '--seed', String(seed))
  assert(result.code === 0, 'train exits 0', result.stderr)
  return result.json()
}

export default async function reproducible(): Promise<string> {
  const data = await temporaryFolder()
  try {
    const first = await trainDemo(data, 7)
    const second = await trainDemo(data, 7)
    const other = await trainDemo(data, 8)
    assert(
      first['version'] === 1 && second['version'] === 2 && other['version'] === 3,
      'versions 1, 2 and 3',
      [first, second, other],
    )
    assert(first['artifact'] === second['artifact'], 'the same artifact', [
      first['artifact'],
      second['artifact'],
    ])
    assert(
      JSON.stringify(first['metrics']) === JSON.stringify(second['metrics']),
      'the same metrics',
    )
    assert(
      first['artifact'] !== other['artifact'],
      'another artifact for another seed',
      other['artifact'],
    )
    return `artifact ${String(first['artifact']).slice(0, 16)} twice`
  } finally {
    await remove(data)
  }
}
