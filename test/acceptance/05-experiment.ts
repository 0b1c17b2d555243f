/** Shows 5: a replayed A/B runs to the end with every field; over bars the models were trained on it is refused with exit 6. */
import { trainDemo } from './03-reproducible.ts'
import { assert, quorum, remove, temporaryFolder } from './harness.ts'

export default async function experiment(): Promise<string> {
  const data = await temporaryFolder()
  try {
    await trainDemo(data, 7)
    await trainDemo(data, 8)
    const start = (replay: string, ...more: string[]) =>
      quorum(
        data,
        'experiment',
        'start',
        '--model',
        'demo',
        '--champion',
        '1',
        '--challenger',
        '2',
        '--symbols',
        'SPX',
        '--replay',
        replay,
        '--json',
        ...more,
      )
    const result = await start('2016-06-01..2017-12-31')
    assert(result.code === 0, 'exits 0', result.stderr)
    const { id, bars, arms, difference, decision, reason, inSample } = result.json() as {
      id: string
      bars: number
      arms: Record<string, unknown>[]
      difference: Record<'mean' | 'lower' | 'upper', number>
      decision: string
      reason: string
      inSample: boolean
    }
    assert(
      typeof id === 'string' && bars > 350 && reason.length > 0 && !inSample,
      'id, bars, reason, inSample',
      result.stdout,
    )
    for (const arm of arms) {
      for (const key of ['arm', 'version', 'netReturn', 'sharpe', 'maxDrawdown'])
        assert(key in arm, `arm has ${key}`, arm)
    }
    assert(
      difference.lower < difference.mean && difference.mean < difference.upper,
      'an interval around the mean',
      difference,
    )
    assert(
      ['undecided', 'keep', 'promote', 'futility', 'harm'].includes(decision),
      'a known decision',
      decision,
    )
    const refused = await start('2010-01-01..2010-12-31')
    assert(
      refused.code === 6 && refused.stderr.includes('--allow-in-sample'),
      'in-sample exits 6 with the remedy',
      refused,
    )
    const marked = await start('2010-01-01..2010-12-31', '--allow-in-sample')
    assert(marked.code === 0 && marked.json()['inSample'] === true, 'allowed and marked', marked)
    return `${bars} bars, ${decision}`
  } finally {
    await remove(data)
  }
}
