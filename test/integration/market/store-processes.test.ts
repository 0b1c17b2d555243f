import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { silentLog } from '../../../core/log.ts'
import { createRng } from '../../../core/rng.ts'
import { dataFingerprint, openBarStore, type Bars } from '../../../market/index.ts'
import { firstYear, yearlyBars, years } from './yearly-bars.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-kill-'))
})
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  await rm(folder, { recursive: true, force: true })
})

const script = join(import.meta.dirname, 'append-child.ts')

/** A writer process; `said` fills with the appends it has seen return. */
function startWriter(
  from: number,
  to: number,
  step = 1,
): { child: ChildProcess; said: number[]; first: Promise<unknown> } {
  const args = ['--import', 'tsx', script, folder, String(from), String(to), String(step)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const said: number[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => said.push(Number(line)))
  return { child, said, first: once(lines, 'line') }
}

const open = () => openBarStore({ folder, clock: systemClock, log: silentLog })

/** Rows a year; every append adds one to each, so they are equal unless half an append is seen. */
function rowsByYear(bars: Bars): number[] {
  return Array.from(
    { length: years },
    (_, year) =>
      bars.columns.openTime.filter((at) => new Date(at).getUTCFullYear() === firstYear + year)
        .length,
  )
}

const readAll = async (): Promise<Bars> =>
  (await open().read({ symbols: ['A'], timeframe: '1d' }))[0]!

describe('a bar store of several processes', () => {
  it('holds whole appends and every acknowledged one after a writer is killed at any instant', async () => {
    const rng = createRng(1)
    let acknowledged = 0
    for (let kill = 0; kill < 5; kill++) {
      const { child, said, first } = startWriter(acknowledged, 300)
      await first
      await systemClock.sleep(rng.integer(250))
      child.kill('SIGKILL')
      await once(child, 'exit')
      acknowledged += said.length
      const counts = rowsByYear(await readAll())
      expect(new Set(counts).size).toBe(1)
      // One append may have been committed without being said.
      expect(counts[0]).toBeGreaterThanOrEqual(acknowledged)
      expect(counts[0]).toBeLessThanOrEqual(acknowledged + 1)
    }
    const store = open()
    for (let index = 0; index <= acknowledged; index++)
      await store.append('A', '1d', yearlyBars(index))
    await store.compact()
    const folders = await readdir(join(folder, 'bars', '1d', 'A'))
    expect(folders.sort()).toEqual([
      ...Array.from({ length: years }, (_, i) => String(firstYear + i)),
      'commits',
    ])
    const clean = await mkdtemp(join(tmpdir(), 'quorum-clean-'))
    try {
      const undisturbed = openBarStore({ folder: clean, clock: systemClock, log: silentLog })
      await undisturbed.putInstrument(await store.instrument('A'))
      for (let index = 0; index <= acknowledged; index++)
        await undisturbed.append('A', '1d', yearlyBars(index))
      const [bars] = await undisturbed.read({ symbols: ['A'], timeframe: '1d' })
      expect(dataFingerprint(await readAll())).toBe(dataFingerprint(bars!))
    } finally {
      await rm(clean, { recursive: true, force: true })
    }
  })

  it('loses nothing of two writers and never shows half an append to a reader', async () => {
    const writers = [startWriter(0, 40, 2), startWriter(1, 40, 2)]
    await Promise.race(writers.map(({ first }) => first))
    const running = Promise.all(writers.map(({ child }) => once(child, 'exit')))
    let done = false
    void running.then(() => (done = true))
    const store = open()
    let reads = 0
    while (!done) {
      const [bars] = await store.read({ symbols: ['A'], timeframe: '1d' })
      expect(new Set(rowsByYear(bars!)).size).toBe(1)
      if (++reads % 5 === 0) await store.compact()
    }
    const exits = (await running) as [number | null][]
    expect(exits.map(([code]) => code)).toEqual([0, 0])
    expect(reads).toBeGreaterThan(2)
    expect(rowsByYear(await readAll())).toEqual(new Array(years).fill(40))
  })
})
