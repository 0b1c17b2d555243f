/** The first whole path: CSV into the store, predictions over HTTP, time from nothing to ready. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ensureSymbols,
  ingest,
  loadConfig,
  openBarStore,
  openPlatform,
  runInline,
  silentLog,
  startServer,
  systemClock,
} from '../index.ts'
import { measure, type Row } from './measure.ts'
import { python } from './reference-process.ts'

export async function path(wanted: (row: string) => boolean): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'quorum-bench-'))
  try {
    const all = {
      'ingest-csv': ingestCsv,
      'predict-http': predictHttp,
      'time-to-ready': timeToReady,
    }
    const rows: Row[] = []
    for (const [name, run] of Object.entries(all)) if (wanted(name)) rows.push(await run(folder))
    return rows
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** 200,000 minute bars: parsed, checked and stored as Parquet. Reference: pandas reads the file and writes Parquet, no checks. */
async function ingestCsv(folder: string): Promise<Row> {
  const rows = 200_000
  const file = join(folder, 'bars.csv')
  const lines = ['time,open,high,low,close,volume']
  let price = 100
  for (let i = 0; i < rows; i++) {
    const open = price
    price = Math.max(1, price * (1 + 0.001 * Math.sin(i * 12.9898)))
    const high = Math.max(open, price) * 1.0005
    const low = Math.min(open, price) * 0.9995
    lines.push(
      `${new Date(Date.UTC(2020, 0, 1) + i * 60_000).toISOString()},${open.toFixed(4)},${high.toFixed(4)},${low.toFixed(4)},${price.toFixed(4)},${1_000 + (i % 97)}`,
    )
  }
  await writeFile(file, `${lines.join('\n')}\n`)
  let run = 0
  const script = `import time, sys, pandas as pd
t = time.perf_counter()
d = pd.read_csv(sys.argv[1], parse_dates=["time"])
d.to_parquet(sys.argv[2])
print(time.perf_counter() - t)`
  return measure({
    name: 'ingest-csv',
    unit: 'rows/s',
    better: 'higher',
    referenceName: 'pandas read_csv + to_parquet',
    async ours() {
      const store = openBarStore({
        folder: join(folder, `store-${run++}`),
        clock: systemClock,
        log: silentLog,
      })
      const began = performance.now()
      const options = { files: [file], symbol: 'X', timeframe: '1m', calendar: '24/7' }
      const report = await ingest({
        source: 'csv',
        options,
        store,
        log: silentLog,
        clock: systemClock,
      })
      if (report.symbols[0]?.rowsStored !== rows)
        throw new Error(`stored ${String(report.symbols[0]?.rowsStored)} of ${rows} rows`)
      return (rows * 1_000) / (performance.now() - began)
    },
    reference: has('pandas', 'pyarrow')
      ? () =>
          Promise.resolve(
            rows /
              Number(execFileSync(python, ['-c', script, file, join(folder, 'reference.parquet')])),
          )
      : undefined,
  })
}

/** The consensus of two members by symbol. Reference: a bare node:http server that parses the same body and answers the same bytes, the ceiling. */
async function predictHttp(folder: string): Promise<Row> {
  const { config } = await loadConfig({
    flags: { dataDir: join(folder, 'data') },
    env: {},
    cwd: folder,
  })
  const platform = await openPlatform(config, { clock: systemClock, log: silentLog })
  await ensureSymbols(platform, ['SPX'])
  const recipe = {
    model: 'm',
    members: [
      { model: 'm.ridge', kind: 'ridge' },
      { model: 'm.gbdt', kind: 'gbdt' },
    ],
    symbols: ['SPX'],
    window: { from: '2005-01-01', to: '2015-12-31' },
  }
  await runInline(
    platform,
    'train',
    { recipe, author: 'bench' },
    { signal: new AbortController().signal, model: 'm' },
  )
  const server = await startServer(platform, { host: '127.0.0.1', port: 0, bodyLimitBytes: 1e6 })
  const body = JSON.stringify({ model: 'm', symbols: ['SPX'] })
  const answer = await (
    await fetch(`${server.url}/v1/predict`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
  ).text()
  const bare = createServer((incoming, outgoing) => {
    let text = ''
    incoming.on('data', (part: Buffer) => (text += part.toString()))
    incoming.on('end', () => {
      JSON.parse(text)
      outgoing.setHeader('content-type', 'application/json').end(answer)
    })
  })
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve))
  const bareUrl = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`
  try {
    return await measure({
      name: 'predict-http',
      unit: 'requests/s',
      better: 'higher',
      referenceName: 'node:http answering fixed bytes',
      ours: () => load(`${server.url}/v1/predict`, body),
      reference: () => load(`${bareUrl}/v1/predict`, body),
    })
  } finally {
    bare.close()
    await server.close()
    await platform.close()
  }
}

/** Requests a second over 8 kept connections. */
async function load(url: string, body: string): Promise<number> {
  const total = 1_000
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        url,
        {
          method: 'POST',
          agent,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        },
        (incoming) => {
          if (incoming.statusCode !== 200)
            reject(new Error(`status ${String(incoming.statusCode)}`))
          incoming.resume().on('end', resolve)
        },
      )
      outgoing.on('error', reject).end(body)
    })
  const began = performance.now()
  let left = total
  const lane = async (): Promise<void> => {
    while (left-- > 0) await one()
  }
  await Promise.all(Array.from({ length: 8 }, lane))
  agent.destroy()
  return (total * 1_000) / (performance.now() - began)
}

/** `quorum up` in an empty folder until a prediction works. Reference: the 120 s that are promised. */
async function timeToReady(folder: string): Promise<Row> {
  let run = 0
  return measure({
    name: 'time-to-ready',
    unit: 's',
    better: 'lower',
    referenceName: 'the promise, 120 s',
    reference: () => Promise.resolve(120),
    async ours() {
      const port = 19_000 + run
      const began = performance.now()
      const child = spawn(
        process.execPath,
        ['dist/cli/main.js', 'up', '--port', String(port), '--data', join(folder, `up-${run++}`)],
        { stdio: 'ignore' },
      )
      const ended = new Promise((resolve) => child.on('close', resolve))
      for (;;) {
        const response = await fetch(`http://127.0.0.1:${port}/v2/health/ready`).catch(
          () => undefined,
        )
        if (response?.status === 200) break
        if (child.exitCode !== null) throw new Error(`quorum up ended with ${child.exitCode}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      const seconds = (performance.now() - began) / 1_000
      child.kill('SIGKILL')
      await ended
      return seconds
    },
  })
}

function has(...modules: readonly string[]): boolean {
  try {
    execFileSync(python, ['-c', modules.map((name) => `import ${name}`).join('\n')], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}
