/**
 * Shows 4: beside a running `quorum up`, also while it trains, commands work; two schedules a minute make versions within two
 * minutes; `kill -9` in the middle of a training loses nothing and the run is retried; `kill -9` of a command leaves no trace.
 */
import {
  assert,
  get,
  quorum,
  remove,
  start,
  startUp,
  temporaryFolder,
  until,
  type Up,
} from './harness.ts'

interface Job {
  id: string
  kind: string
  model: string | null
  state: string
  attempt: number
}

/** Long enough to be killed in the middle. */
const longRecipe = {
  model: 'long',
  kind: 'lstm',
  symbols: ['SPX'],
  params: { maxEpochs: 400, patience: 400 },
  window: { from: '2005-01-01', to: '2015-12-31' },
}

async function versions(up: Up, model: string): Promise<number> {
  const { models } = await get<{ models: { model: string }[] }>(`${up.url}/v1/models`)
  return models.filter((one) => one.model === model).length
}

async function ok(data: string, ...args: string[]): Promise<Record<string, unknown>> {
  const result = await quorum(data, ...args, '--json')
  assert(result.code === 0, `quorum ${args.join(' ')} exits 0`, result.stderr)
  return result.json()
}

export default async function sideBySide(): Promise<string> {
  const data = await temporaryFolder()
  try {
    const up = await startUp(data)
    const train = (model: string, to: string): Promise<Record<string, unknown>> =>
      ok(
        data,
        'train',
        '--model',
        model,
        '--kind',
        'ridge',
        '--symbols',
        'SPX',
        '--label',
        'return:5',
        '--from',
        '2005-01-01',
        '--to',
        to,
      )
    await Promise.all([train('a', '2015-12-31'), train('b', '2015-12-31')])
    await ok(data, 'schedule', 'add', '--model', 'a', '--cron', '* * * * *')
    await ok(data, 'schedule', 'add', '--model', 'b', '--cron', '* * * * *')
    const scheduledAt = performance.now()
    await ok(
      data,
      'experiment',
      'start',
      '--model',
      'a',
      '--champion',
      '1',
      '--challenger',
      '1',
      '--replay',
      '2016-06-01..2016-12-31',
    )
    assert((await ok(data, 'audit', 'verify'))['ok'] === true, 'the chain is whole')
    await ok(data, 'models', 'list')
    await until(
      'new versions of a and b within two minutes',
      120 - (performance.now() - scheduledAt) / 1_000,
      async () => {
        const [a, b] = await Promise.all([versions(up, 'a'), versions(up, 'b')])
        return a >= 2 && b >= 2
      },
    )
    const seconds = (performance.now() - scheduledAt) / 1_000

    const enqueued = await fetch(`${up.url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ recipe: longRecipe }),
    })
    assert(enqueued.status === 202, 'the long training is accepted', enqueued.status)
    const { id } = (await enqueued.json()) as Job
    const job = (): Promise<Job> => get<Job>(`${up.url}/v1/jobs/${id}`)
    await until('the long training running', 60, async () => (await job()).state === 'running')
    await ok(data, 'models', 'list')
    await ok(data, 'audit', 'verify')

    // A command killed at any instant: nothing of it may be there, and the owner goes on.
    for (const delay of [600, 1_200, 2_000]) {
      const child = start([
        'train',
        '--data',
        data,
        '--model',
        'killed',
        '--kind',
        'lstm',
        '--symbols',
        'SPX',
      ])
      const gone = new Promise((resolve) => child.on('close', resolve))
      await new Promise((resolve) => setTimeout(resolve, delay))
      child.kill('SIGKILL')
      await gone
    }
    assert((await versions(up, 'killed')) === 0, 'no version of a killed training')
    await ok(data, 'audit', 'verify')

    assert((await job()).state === 'running', 'the long training still runs', await job())
    await up.kill('SIGKILL')
    const again = await startUp(data)
    const { models } = await get<{ models: { model: string }[] }>(`${again.url}/v1/models`)
    assert(!models.some((one) => one.model === 'long'), 'nothing half-written is visible')
    await until('the killed run retried to its end', 240, async () => {
      const one = await get<Job>(`${again.url}/v1/jobs/${id}`)
      assert(one.state !== 'failed' && one.state !== 'cancelled', 'the run is retried', one)
      return one.state === 'succeeded' && one.attempt >= 2
    })
    assert((await versions(again, 'long')) === 1, 'one version of the retried run')
    const audit = await ok(data, 'audit', 'verify')
    assert(
      audit['ok'] === true && Number(audit['records']) > 0,
      'the chain is whole after the kill',
      audit,
    )
    await again.kill('SIGTERM')
    return `both schedules after ${seconds.toFixed(0)} s; ${String(audit['records'])} records`
  } finally {
    await remove(data)
  }
}
