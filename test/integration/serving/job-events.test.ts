/** Job progress, the same fields over GET /v1/jobs/{id}, the list, and /ws as it changes. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Platform } from '../../../pipelines/index.ts'
import type { RunProgress } from '../../../registry/index.ts'
import { startServer, type QuorumServer } from '../../../serving/index.ts'
import { testPlatform, type TestPlatform } from '../../support/platform.ts'

let host: TestPlatform
let platform: Platform
let server: QuorumServer

beforeAll(async () => {
  host = await testPlatform()
  platform = host.platform
  server = await startServer(platform, { host: '127.0.0.1', port: 0, bodyLimitBytes: 1_000_000 })
})
afterAll(async () => {
  await server.close()
  await host.close()
})

interface JobEvent {
  readonly type: string
  readonly id: string
  readonly state: string
  readonly progress: RunProgress | null
  readonly error: { readonly code: string } | null
}

async function listen(): Promise<{
  next: (is: (event: JobEvent) => boolean) => Promise<JobEvent>
  seen: JobEvent[]
  close: () => void
}> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`)
  const seen: JobEvent[] = []
  socket.on('message', (data: Buffer) => seen.push(JSON.parse(data.toString()) as JobEvent))
  await new Promise((resolve) => socket.once('open', resolve))
  return {
    seen,
    async next(is) {
      const end = performance.now() + 10_000
      for (;;) {
        const found = seen.find(is)
        if (found !== undefined) return found
        if (performance.now() > end) throw new Error(`not among ${JSON.stringify(seen)}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    close: () => socket.close(),
  }
}

const get = async (path: string): Promise<unknown> => (await fetch(`${server.url}${path}`)).json()

it('carries losses, rate, time left and each fit, to whoever asks and whoever listens', async () => {
  const { runs } = platform.registry
  const id = await runs.create('train', { secret: 1 }, { model: 'm', mode: 'queued' })
  const claim = (await runs.claim(id, 'w'))!
  const long = await runs.create('train', {}, { model: 'long ago', mode: 'queued' })
  await runs.cancel(long)
  const fit = { done: 5, total: 10, unit: 'steps', trainLoss: 0.5, validationLoss: 0.25 }
  const progress: RunProgress = {
    ...{ stage: 'm', done: 0.5, total: 2, unit: 'fits', rowsPerSecond: 100, secondsLeft: 1.5 },
    fits: [{ name: 'm-s1', ...fit }],
  }
  const { next, seen, close } = await listen()
  try {
    await next((event) => event.id === id && event.progress === null)
    await runs.heartbeat(claim, progress)
    const event = await next((one) => one.id === id && one.progress !== null)
    expect(event).toMatchObject({ type: 'job', state: 'running', progress })
    expect(event).not.toHaveProperty('payload')
    expect(await get(`/v1/jobs/${id}`)).toMatchObject({ progress })
    expect(await get('/v1/jobs?state=running')).toMatchObject({ jobs: [{ id, progress }] })
    await runs.fail(claim, new Error('x'))
    const ended = await next((one) => one.id === id && one.state === 'failed')
    expect(ended).toMatchObject({ error: { code: 'INTERNAL' } })
    // Nothing is said twice, and nothing of what had ended before anybody listened.
    expect(seen.filter((one) => one.id === id)).toHaveLength(3)
    expect(seen.some((one) => one.id === long)).toBe(false)
  } finally {
    close()
  }
})

it('documents them in the OpenAPI description', async () => {
  const document = JSON.stringify(await get('/openapi.json'))
  for (const field of ['secondsLeft', 'rowsPerSecond', 'trainLoss', 'resumedFrom'])
    expect(document).toContain(`"${field}"`)
})
