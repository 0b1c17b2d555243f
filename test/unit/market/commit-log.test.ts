import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../core/clock.ts'
import { openCommitLog, type CommitLog, type NewCommit } from '../../../market/store/commit-log.ts'

let folder = ''
let clock = new ManualClock()
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-log-'))
  clock = new ManualClock(Date.now())
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const part = (path: string): NewCommit['parts'][number] => ({ path, rows: 1, first: 0, last: 0 })
const commit = (path: string): NewCommit => ({
  ...{ ingestedAt: 0, added: 1, compaction: false, parts: [part(path)] },
})
const compaction = (path: string, rows: number): NewCommit => ({
  ...commit(path),
  ...{ compaction: true, added: rows },
})
const open = (): CommitLog => openCommitLog(folder, 'A', '1d', clock)
const publish = async (log: CommitLog, given: NewCommit): Promise<boolean> =>
  log.publish(given, await log.state())
const commits = async (): Promise<string[]> => (await readdir(join(folder, 'commits'))).sort()

describe('commit log', () => {
  it('gives a number to one writer only', async () => {
    const empty = await open().state()
    expect(empty).toMatchObject({ sequence: 0, rows: 0, parts: [] })
    const won = await Promise.all([1, 2, 3].map((n) => open().publish(commit(`2020/${n}`), empty)))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect((await open().state()).parts).toEqual([part(`2020/${won.indexOf(true) + 1}`)])
    expect(await commits()).toEqual(['00000001.json'])
  })

  it('reads a compaction in place of all before it, those still there or not', async () => {
    const log = open()
    for (let n = 1; n <= 70; n++) await publish(log, commit(`2020/${n}`))
    expect(await open().state()).toMatchObject({ sequence: 70, rows: 70 })
    await publish(log, compaction('2020/all', 70))
    await publish(log, commit('2019/72'))
    const expected = { sequence: 72, rows: 71, parts: [part('2019/72'), part('2020/all')] }
    expect(await open().state()).toMatchObject(expected)
    expect(await log.state()).toMatchObject(expected)
    await log.forget()
    expect(await commits()).toHaveLength(72)
    clock.advance(3_700_000)
    await log.forget()
    expect(await commits()).toEqual(['00000071.json', '00000072.json'])
    expect(await open().state()).toMatchObject(expected)
    expect(await log.state()).toMatchObject(expected)
  })

  it('refuses a writer whose state a compaction has passed, however long ago', async () => {
    const log = open()
    await publish(log, commit('2020/1'))
    const old = await log.state()
    await publish(log, commit('2020/2'))
    await publish(log, compaction('2020/all', 2))
    await log.forget()
    expect(await log.publish(commit('2020/late'), old)).toBe(false)
    clock.advance(3_700_000)
    await log.forget()
    // Its number is free again, but so long after its state it may not take any.
    expect(await commits()).toEqual(['00000003.json'])
    expect(await log.publish(commit('2020/late'), old)).toBe(false)
    expect(await commits()).toEqual(['00000003.json'])
  })

  it('leaves the drafts of running writers alone and clears those of dead ones', async () => {
    const log = open()
    await publish(log, commit('2020/1'))
    const young = join(folder, 'commits', 'a.draft')
    const dead = join(folder, 'commits', 'b.draft')
    await writeFile(young, '')
    await writeFile(dead, '')
    await utimes(dead, 1e9, 1e9)
    await log.forget()
    expect(await commits()).toEqual(['00000001.json', 'a.draft'])
  })

  it('refuses what is no commit', async () => {
    await publish(open(), commit('2020/1'))
    await writeFile(join(folder, 'commits', '00000002.json'), '{"half":')
    await expect(open().state()).rejects.toMatchObject({ code: 'INTEGRITY' })
  })
})
