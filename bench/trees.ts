/** Training and prediction of trees beside XGBoost and LightGBM: the same rows, rounds, depth and bins; one and two threads; batches of 1, 64 and 4,096. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FittedModel } from '../index.ts'
import { measure, type Row } from './measure.ts'
import { startReference } from './reference-process.ts'
import { makeTreeData, writeTreeData, type TreeData } from './trees-data.ts'
import { fitTrees, treeParams } from './trees-fit.ts'

const libraries = [
  { library: 'xgboost', referenceName: 'XGBoost' },
  { library: 'lightgbm', referenceName: 'LightGBM' },
] as const
const shapes = [
  { name: '200k', train: 200_000, test: 50_000, features: 64 },
  { name: '20k', train: 20_000, test: 20_000, features: 158 },
]

export async function trees(wanted: (name: string) => boolean): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'quorum-bench-'))
  const rows: Row[] = []
  try {
    for (const shape of shapes) {
      const names = rowNames.map((row) => row(shape.name)).filter(wanted)
      if (names.length === 0) continue
      const data = makeTreeData(shape)
      await writeTreeData(folder, data)
      for (const { library, referenceName } of libraries)
        rows.push(...(await besideLibrary({ folder, data, library, referenceName, wanted })))
      if (wanted(`threads-${shape.name}`)) rows.push(await secondThread(data))
      if (wanted(`memory-${shape.name}`)) rows.push(await memory(folder, data))
    }
    return rows
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const threadCounts = [1, 2]
const batches = [1, 64, 4_096]
const rowNames = [
  ...threadCounts.map((threads) => (set: string) => `train-${set}-t${threads}`),
  ...batches.map((batch) => (set: string) => `predict-${set}-b${batch}`),
  (set: string) => `threads-${set}`,
  (set: string) => `memory-${set}`,
]

interface Beside {
  readonly folder: string
  readonly data: TreeData
  readonly library: 'xgboost' | 'lightgbm'
  readonly referenceName: string
  readonly wanted: (name: string) => boolean
}

async function besideLibrary({
  folder,
  data,
  library,
  referenceName,
  wanted,
}: Beside): Promise<Row[]> {
  const { name: set, features, train } = data
  const reference = startReference('trees.py', library)
  const ask = (threads: number, batch: number): (() => Promise<number>) | undefined => {
    const request = JSON.stringify({ folder, library, data: set, features, train, threads, batch })
    return reference && (() => reference.ask(request))
  }
  const rows: Row[] = []
  try {
    for (const threads of threadCounts) {
      const name = `train-${set}-t${threads}`
      if (!wanted(name)) continue
      const row = await measure({
        ...{ name, unit: 's', better: 'lower', referenceName },
        ours: () => fitSeconds(data, threads),
        reference: ask(threads, 0),
      })
      rows.push(row)
    }
    let model: FittedModel | undefined
    for (const batch of batches) {
      const name = `predict-${set}-b${batch}`
      if (!wanted(name)) continue
      model ??= await fitTrees(data, 2)
      const fitted = model
      const seconds = ask(1, batch)
      const row = await measure({
        ...{ name, unit: 'rows/s', better: 'higher', referenceName },
        ours: () => rowsPerSecond(fitted, data, batch),
        reference: seconds && (async () => 1 / (await seconds())),
      })
      rows.push(row)
    }
    await model?.dispose()
    return rows
  } finally {
    reference?.close()
  }
}

/** Two threads beside one. */
function secondThread(data: TreeData): Promise<Row> {
  return measure({
    ...{ name: `threads-${data.name}`, unit: 's', better: 'lower', referenceName: 'one thread' },
    ours: () => fitSeconds(data, 2),
    reference: () => fitSeconds(data, 1),
  })
}

function fitSeconds(data: TreeData, threads: number): Promise<number> {
  return secondsOf(async () => (await fitTrees(data, threads)).dispose())
}

/** Peak resident memory of a process that reads the data and trains once. */
function memory(folder: string, { name, features, train }: TreeData): Promise<Row> {
  const script = join(import.meta.dirname, 'trees-memory.mjs')
  const task = { file: join(folder, name), features, train, params: treeParams }
  const args = [script, JSON.stringify(task)]
  const about = { folder, library: 'xgboost', data: name, features, train, threads: 1, batch: 0 }
  const there = startReference('trees.py', 'xgboost')
  there?.close()
  return measure({
    ...{ name: `memory-${name}`, unit: 'MB', better: 'lower', referenceName: 'XGBoost', pairs: 3 },
    ours: () => Promise.resolve(Number(execFileSync(process.execPath, args))),
    reference:
      there &&
      (async () => {
        const process = startReference('trees.py', 'xgboost')!
        try {
          return await process.ask(JSON.stringify({ ...about, memory: true }))
        } finally {
          process.close()
        }
      }),
  })
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1_000
}

async function rowsPerSecond(model: FittedModel, data: TreeData, batch: number): Promise<number> {
  const { features } = model
  const width = features.length
  const blocks = Array.from({ length: 4 }, (_, k) => {
    const from = (data.train + k * batch) * width
    return { rows: batch, features, X: data.X.slice(from, from + batch * width) }
  })
  const samples = Int32Array.from({ length: batch }, (_, row) => row)
  const calls = Math.max(16, Math.ceil(400_000 / (batch + 20)))
  await model.predict(blocks[0]!, samples)
  const seconds = await secondsOf(async () => {
    for (let k = 0; k < calls; k++) await model.predict(blocks[k % 4]!, samples)
  })
  return (calls * batch) / seconds
}
