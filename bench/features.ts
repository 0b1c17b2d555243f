/**
 * Alpha158: a panel of 470 symbols × 855 bars beside qlib and beside NumPy with bottleneck, one pushed bar, and what a symbol
 * costs in memory. Ours is float64 throughout into one float32 matrix, as the references.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { createRng } from '../core/rng.ts'
import { createWorkerPool, type WorkerPool } from '../core/worker-pool.ts'
import { findFeatureSet } from '../features/feature-set.ts'
import { fillPanel, fillPanelShared, type PanelTask } from '../features/panel-matrix.ts'
import { FeatureStream } from '../features/stream.ts'
import { featuresTa } from './features-ta.ts'
import { measure, quantile, type Row } from './measure.ts'
import { startReference } from './reference-process.ts'

const symbols = 470
const bars = 855
const references = [
  // qlib takes half a minute a run.
  { library: 'qlib', module: 'qlib', referenceName: 'qlib', pairs: 3 },
  { library: 'numpy', module: 'bottleneck', referenceName: 'NumPy', pairs: 9 },
] as const

export async function features(wanted: (name: string) => boolean): Promise<Row[]> {
  const rows: Row[] = []
  const threads = [1, 2].filter((count) => wanted(`alpha158-panel-t${count}`))
  if (threads.length > 0) rows.push(...(await panelRows(threads)))
  if (wanted('push-alpha158')) rows.push(...(await pushRows()))
  if (wanted('memory-per-symbol')) rows.push(await memoryRow())
  rows.push(...(await featuresTa(wanted)))
  return rows
}

type Columns = Record<'open' | 'high' | 'low' | 'close' | 'volume', Float64Array>

async function panelRows(threads: readonly number[]): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'quorum-bench-'))
  const pool = createWorkerPool({ size: 1 })
  const rows: Row[] = []
  try {
    const panel = makeColumns(symbols * bars)
    for (const [name, column] of Object.entries(panel))
      await writeFile(join(folder, `${name}.f64`), new Uint8Array(column.buffer))
    const task = taskOf(panel)
    for (const { library, module, referenceName, pairs } of references) {
      const reference = startReference('features.py', module)
      const request = JSON.stringify({ folder, library, symbols, bars })
      for (const count of threads) {
        await run(task, count, pool)
        const row = await measure({
          ...{ name: `alpha158-panel-t${count}`, unit: 's', better: 'lower', referenceName, pairs },
          ours: () => run(task, count, pool),
          reference: reference && (() => reference.ask(request)),
        })
        rows.push(row)
      }
      reference?.close()
    }
    return rows
  } finally {
    await pool.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function run(task: PanelTask, threads: number, pool: WorkerPool): Promise<number> {
  const began = performance.now()
  if (threads === 1) fillPanel(task)
  else await fillPanelShared(task, pool)
  return (performance.now() - began) / 1_000
}

function taskOf(panel: Columns): PanelTask {
  const set = findFeatureSet('alpha158')
  const time = Float64Array.from({ length: bars }, (_, i) => i * 86_400_000)
  const parts = Array.from({ length: symbols }, (_, k) => {
    const own = Object.entries(panel).map(([name, column]) => [
      name,
      column.subarray(k * bars, (k + 1) * bars),
    ])
    const { close, high, low } = Object.fromEntries(own) as Columns
    const vwap = close.map((price, i) => (high[i]! + low[i]! + price) / 3)
    const columns = Object.fromEntries([...own, ['vwap', vwap]]) as Record<string, Float64Array>
    return { rows: { time, columns }, first: 0, offset: k * bars }
  })
  const X = new Float32Array(new SharedArrayBuffer(symbols * bars * set.features.length * 4))
  return { set, parts, groups: new Int32Array(symbols), X }
}

/** All of Alpha158 for one more bar, microseconds, after the stream has seen a few thousand. */
async function pushRows(): Promise<Row[]> {
  const columns = makeColumns(24_000)
  const stream = new FeatureStream(findFeatureSet('alpha158'), ['A'], Int32Array.of(0), {
    maxWindow: 1,
  })
  const times: number[] = []
  for (let i = 0; i < 24_000; i++) {
    const time = Float64Array.of(i * 86_400_000)
    const own = Object.entries(columns).map(([name, column]) => [name, column.subarray(i, i + 1)])
    const named = Object.fromEntries(own) as Columns
    const frame = { length: 1, time, columns: { ...named, knownAt: time } }
    const began = process.hrtime.bigint()
    stream.append([frame])
    times.push(Number(process.hrtime.bigint() - began) / 1_000)
  }
  const warm = times.slice(4_000)
  const rows = [
    ['p50', 0.5, 20],
    ['p99', 0.99, 60],
  ] as const
  return Promise.all(
    rows.map(([name, level, budget]) =>
      measure({
        ...{ name: `push-alpha158 ${name}`, unit: 'us', better: 'lower', pairs: 1 },
        referenceName: 'budget',
        ours: () => Promise.resolve(quantile(warm, level)),
        reference: () => Promise.resolve(budget),
      }),
    ),
  )
}

/** Live memory of a thousand symbols' streams, in a process of its own. */
async function memoryRow(): Promise<Row> {
  const script = join(import.meta.dirname, 'features-memory.mjs')
  return measure({
    ...{ name: 'memory-per-symbol', unit: 'KB', better: 'lower', pairs: 3 },
    referenceName: 'budget',
    ours: () => Promise.resolve(Number(execFileSync(process.execPath, ['--expose-gc', script]))),
    reference: () => Promise.resolve(100),
  })
}

function makeColumns(length: number): Columns {
  const rng = createRng(158).stream('panel')
  const columns = {
    open: new Float64Array(length),
    high: new Float64Array(length),
    low: new Float64Array(length),
    close: new Float64Array(length),
    volume: new Float64Array(length),
  }
  let price = 100
  for (let i = 0; i < length; i++) {
    const open = price * Math.exp(0.003 * rng.normal())
    price = open * Math.exp(0.015 * rng.normal() - 0.0005 * Math.log(open / 100))
    columns.open[i] = open
    columns.close[i] = price
    columns.high[i] = Math.max(open, price) * (1 + 0.005 * rng.uniform())
    columns.low[i] = Math.min(open, price) * (1 - 0.005 * rng.uniform())
    columns.volume[i] = Math.round(1e6 * Math.exp(0.4 * rng.normal()))
  }
  return columns
}
