/** The server over a real socket: predictions, the inference protocol, and every kind of bad request. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBars } from '../../../market/index.ts'
import { ensureSymbols, runInline, type Platform } from '../../../pipelines/index.ts'
import { startServer, type QuorumServer } from '../../../serving/index.ts'
import { testPlatform, type TestPlatform } from '../../support/platform.ts'

let host: TestPlatform
let platform: Platform
let server: QuorumServer
const bodyLimitBytes = 1_000_000

beforeAll(async () => {
  host = await testPlatform()
  platform = host.platform
  await ensureSymbols(platform, ['SPX'])
  const recipe = {
    model: 'm',
    kind: 'ridge',
    symbols: ['SPX'],
    window: { from: '2005-01-01', to: '2012-12-31' },
  }
  await runInline(
    platform,
    'train',
    { recipe, author: 'test' },
    { signal: new AbortController().signal, model: 'm' },
  )
  server = await startServer(platform, { host: '127.0.0.1', port: 0, bodyLimitBytes })
})
afterAll(async () => {
  await server.close()
  await host.close()
})

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: (await response.json()) as Record<string, unknown>,
  }
}

const tensor = async (
  batch: number,
): Promise<{ name: string; shape: number[]; datatype: string; data: number[] }> => {
  const { body } = await call('GET', '/v2/models/m')
  const [{ shape }] = body['inputs'] as [{ shape: [number, number, number] }]
  const [, window, features] = shape
  return {
    name: 'features',
    shape: [batch, window, features],
    datatype: 'FP32',
    data: new Array<number>(batch * window * features).fill(0.01),
  }
}

describe('POST /v1/predict', () => {
  it('answers the signal of each symbol, and logs its prediction once', async () => {
    const first = await call('POST', '/v1/predict', { model: 'm', symbols: ['SPX'] })
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({
      model: 'm',
      version: 1,
      signals: [{ symbol: 'SPX', voters: 1 }],
    })
    await call('POST', '/v1/predict', { model: 'm' })
    expect(await platform.registry.outcomes.pending()).toHaveLength(1)
  })

  it('says how unlike the training the features are', async () => {
    const reply = await call('POST', '/v1/predict', { model: 'm', symbols: ['SPX'] })
    const [signal] = reply.body['signals'] as Record<string, unknown>[]
    expect(signal!['dissimilarity']).toBeGreaterThan(0)
    expect(signal!['dissimilarity']).toBeLessThan(10)
  })

  it.each([
    ['not json', 400, 'BODY_NOT_JSON'],
    ['', 400, 'INVALID_VALUE'],
    [{ symbols: ['SPX'] }, 400, 'INVALID_VALUE'],
    [{ model: 'm', symbols: [] }, 400, 'INVALID_VALUE'],
    [{ model: 'm', symbol: 'SPX' }, 404, 'UNKNOWN_NAME'],
    [{ model: 'nope' }, 404, 'UNKNOWN_NAME'],
    [{ model: 'm', version: 9 }, 404, 'UNKNOWN_NAME'],
    [{ model: 'm', symbols: ['NOPE'] }, 404, 'UNKNOWN_NAME'],
    [{ model: 'm', symbols: ['x'.repeat(2_000_000)] }, 413, 'BODY_TOO_LARGE'],
  ])('refuses a bad body (%#)', async (body, status, code) => {
    const reply = await call('POST', '/v1/predict', body)
    expect(reply.status).toBe(status)
    expect(reply.type).toMatch('application/problem+json')
    expect(reply.body).toMatchObject({ status, code })
  })
})

describe('/v2', () => {
  it('tells liveness, readiness and metadata', async () => {
    expect((await call('GET', '/v2/health/live')).body).toEqual({ live: true })
    expect((await call('GET', '/v2/health/ready')).status).toBe(503)
    server.setReadiness(true, '')
    expect((await call('GET', '/v2/health/ready')).body).toEqual({ ready: true })
    expect((await call('GET', '/v2')).body).toMatchObject({ name: 'quorum' })
    expect((await call('GET', '/v2/models/m/versions/1/ready')).body).toEqual({
      name: 'm',
      ready: true,
    })
  })

  it('infers, flat or nested, the same for each row of a batch as alone', async () => {
    const one = await tensor(1)
    const two = await tensor(2)
    const alone = await call('POST', '/v2/models/m/infer', { id: 'a', inputs: [one] })
    expect(alone.body).toMatchObject({ model_name: 'm', model_version: '1', id: 'a' })
    const [prediction] = alone.body['outputs'] as [
      { name: string; shape: number[]; data: number[] },
    ]
    expect(prediction).toMatchObject({ name: 'prediction', shape: [1, 1] })
    const batch = await call('POST', '/v2/models/m/infer', {
      inputs: [two],
      outputs: [{ name: 'prediction' }],
    })
    expect((batch.body['outputs'] as [{ data: number[] }])[0].data).toEqual([
      prediction.data[0],
      prediction.data[0],
    ])
    const nested = { ...one, data: [[one.data]] }
    expect(
      (await call('POST', '/v2/models/m/infer', { inputs: [nested] })).body['outputs'],
    ).toEqual(alone.body['outputs'])
  })

  it('refuses wrong shapes, types, names and values', async () => {
    const good = await tensor(1)
    const bad = [
      { ...good, shape: [1, 1, 3] },
      { ...good, shape: [good.data.length] },
      { ...good, datatype: 'BYTES' },
      { ...good, name: 'x' },
      { ...good, data: good.data.slice(1) },
      { ...good, data: good.data.with(0, null as unknown as number) },
      { ...good, data: good.data.with(0, 'NaN' as unknown as number) },
      { ...good, data: good.data.with(0, 1e300) },
    ]
    for (const input of bad) {
      const reply = await call('POST', '/v2/models/m/infer', { inputs: [input] })
      expect(reply.status).toBe(400)
      expect(String(reply.body['detail'])).toMatch(/features|NOT_FINITE|holds/)
    }
    const unknown = await call('POST', '/v2/models/m/infer', {
      inputs: [good],
      outputs: [{ name: 'x' }],
    })
    expect(unknown.status).toBe(400)
  })
})

describe('a network with several outputs', () => {
  it('serves its probabilities and quantiles, by tensor and by symbol', async () => {
    const recipe = {
      ...{ model: 'several', kind: 'mlp', symbols: ['SPX'], label: 'return:5' },
      ...{ window: { from: '2005-01-01', to: '2008-12-31' } },
      params: { outputs: ['value', 'direction', 'quantiles'], quantiles: [0.1, 0.9], maxEpochs: 1 },
    }
    await runInline(
      host.platform,
      'train',
      { recipe, author: 'test' },
      { signal: new AbortController().signal, model: 'several' },
    )
    const metadata = await call('GET', '/v2/models/several')
    expect(metadata.body['parameters']).toMatchObject({ quantiles: [0.1, 0.9] })
    const shapes = metadata.body['outputs'] as { name: string; shape: number[] }[]
    expect(shapes.slice(4)).toMatchObject([
      { name: 'probability', shape: [-1, 3] },
      { name: 'quantiles', shape: [-1, 2] },
    ])
    const [{ shape }] = metadata.body['inputs'] as [{ shape: [number, number, number] }]
    const data = new Array<number>(2 * shape[1] * shape[2]).fill(0.01)
    const input = { name: 'features', shape: shape.with(0, 2), datatype: 'FP32', data }
    const outputs = [{ name: 'probability' }, { name: 'quantiles' }]
    const { body } = await call('POST', '/v2/models/several/infer', { inputs: [input], outputs })
    const [probability, quantiles] = body['outputs'] as { shape: number[]; data: number[] }[]
    expect(probability!.shape).toEqual([2, 3])
    expect(probability!.data.slice(0, 3).reduce((a, b) => a + b)).toBeCloseTo(1, 5)
    expect(quantiles!.shape).toEqual([2, 2])
    expect(quantiles!.data[0]).toBeLessThan(quantiles!.data[1]!)
    const named = await call('POST', '/v1/predict', { model: 'several', symbols: ['SPX'] })
    const [signal] = named.body['signals'] as [
      { interval: [number, number]; votes: [{ probability: number[] }] },
    ]
    expect(signal.interval[0]).toBeLessThan(signal.interval[1])
    expect(signal.votes[0].probability).toHaveLength(3)
    // A model without such heads has no such outputs.
    const missing = await call('POST', '/v2/models/m/infer', { inputs: [await tensor(1)], outputs })
    expect(missing.status).toBe(400)
  })
})

describe('the rest of the API', () => {
  it('names unknown paths, methods and query parameters', async () => {
    expect(await call('GET', '/v1/nope')).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_NAME' },
    })
    expect(await call('GET', '/v1/predict')).toMatchObject({
      status: 405,
      body: { details: { allowed: 'POST' } },
    })
    expect((await call('GET', '/v1/jobs?limit=0')).status).toBe(400)
    expect((await call('GET', '/v1/jobs?limt=3')).status).toBe(404)
  })

  it('enqueues, shows and cancels jobs, and refuses an unknown model', async () => {
    const queued = await call('POST', '/v1/jobs', { retrain: 'm' })
    expect(queued).toMatchObject({ status: 202, body: { state: 'queued', model: 'm' } })
    const id = String(queued.body['id'])
    expect((await call('DELETE', `/v1/jobs/${id}`)).body).toMatchObject({ state: 'cancelled' })
    expect((await call('DELETE', `/v1/jobs/${id}`)).status).toBe(409)
    expect((await call('POST', '/v1/jobs', { retrain: 'nope' })).status).toBe(404)
    expect((await call('POST', '/v1/jobs', { recipe: { model: 'x' } })).status).toBe(400)
  })

  it('moves aliases with a reason, on the record', async () => {
    expect((await call('PUT', '/v1/models/m/aliases/staging', { version: 1 })).status).toBe(400)
    const moved = await call('PUT', '/v1/models/m/aliases/staging', {
      version: 1,
      reason: 'a test',
    })
    expect(moved.body['aliases']).toEqual(['champion', 'staging'])
    const { body } = await call('GET', '/v1/records?kind=alias.moved&limit=1000')
    expect((body['records'] as { body: unknown }[]).at(-1)!.body).toMatchObject({
      alias: 'staging',
      reason: 'a test',
    })
  })

  it('adds and removes schedules', async () => {
    const added = await call('POST', '/v1/schedules', { model: 'm', cron: '0 6 * * 1' })
    expect(added.status).toBe(201)
    expect((await call('POST', '/v1/schedules', { model: 'm', cron: 'often' })).status).toBe(400)
    expect((await call('DELETE', `/v1/schedules/${String(added.body['id'])}`)).status).toBe(200)
    expect((await call('DELETE', '/v1/schedules/999')).status).toBe(404)
  })

  it('describes every route in /openapi.json and answers what it describes', async () => {
    const { body } = await call('GET', '/openapi.json')
    const paths = body['paths'] as Record<string, Record<string, unknown>>
    expect(Object.keys(paths)).toContain('/v1/predict')
    for (const [path, methods] of Object.entries(paths)) {
      if (!('get' in methods) || path.includes('{')) continue
      expect((await call('GET', path)).status, path).toBe(200)
    }
  })

  it('serves metrics and the dashboard', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(
      /quorum_http_requests_total\{route="\/v1\/predict",method="POST",status="200"\} \d/,
    )
    for (const path of [
      '/',
      '/assets/dashboard.js',
      '/assets/dashboard.css',
      '/assets/uplot/uPlot.esm.js',
    ]) {
      expect((await fetch(`${server.url}${path}`)).status, path).toBe(200)
    }
  })
})

describe('starting', () => {
  it('refuses a port in use and an open address without a token', async () => {
    const port = Number(new URL(server.url).port)
    await expect(
      startServer(platform, { host: '127.0.0.1', port, bodyLimitBytes }),
    ).rejects.toMatchObject({ code: 'PORT_IN_USE', exitCode: 5 })
    await expect(
      startServer(platform, { host: '0.0.0.0', port: 0, bodyLimitBytes }),
    ).rejects.toMatchObject({ code: 'TOKEN_REQUIRED' })
  })

  it('asks for the token where there is one, but not for health', async () => {
    const guarded = await startServer(platform, {
      host: '127.0.0.1',
      port: 0,
      bodyLimitBytes,
      token: 'secret',
    })
    const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
      (await fetch(`${guarded.url}${path}`, { headers })).status
    expect(await status('/v1/models')).toBe(401)
    expect(await status('/v1/models', { authorization: 'Bearer wrong' })).toBe(401)
    expect(await status('/v1/models', { authorization: 'Bearer secret' })).toBe(200)
    expect(await status('/v2/health/live')).toBe(200)
    await guarded.close()
  })
})

describe('a correction of a stored bar', () => {
  it('changes the next prediction, though no bar was added', async () => {
    const ask = async (): Promise<unknown> =>
      (await call('POST', '/v1/predict', { model: 'm', symbols: ['SPX'] })).body['signals']
    const before = await ask()
    const [bars] = await platform.bars.read({ symbols: ['SPX'], timeframe: '1d' })
    const { columns, time } = bars!
    const close = Float64Array.from(columns.close)
    close[close.length - 1] = columns.low[close.length - 1]!
    const corrected = createBars({
      symbol: 'SPX',
      timeframe: '1d',
      closeTime: time,
      ...columns,
      close,
    })
    expect(await platform.bars.append('SPX', '1d', corrected)).toMatchObject({
      corrected: 1,
      added: 0,
    })
    await expect.poll(ask, { timeout: 5_000 }).not.toEqual(before)
  })
})
