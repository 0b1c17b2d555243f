import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCommitLog, type Commit } from '../../../market/store/commit-log.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-log-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const part = (path: string): Commit['parts'][number] => ({ path, rows: 1, first: 0, last: 0 })
const commit = (sequence: number, path: string, replaces?: number): Commit => ({
  ...{ sequence, symbol: 'A', timeframe: '1d', ingestedAt: 0, added: 1, parts: [part(path)] },
  ...(replaces === undefined ? {} : { replaces, added: sequence - 1 }),
})
const open = () => openCommitLog(folder, 'A', '1d')

describe('commit log', () => {
  it('gives a number to one writer only', async () => {
    expect((await open().state()).sequence).toBe(0)
    const won = await Promise.all([1, 2, 3].map((n) => open().publish(commit(1, `2020/${n}`))))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect((await open().state()).parts).toEqual([part(`2020/${won.indexOf(true) + 1}`)])
  })

  it('reads a compaction in place of what it replaced, deleted or not', async () => {
    const log = open()
    for (const n of [1, 2, 3]) await log.publish(commit(n, `2020/${n}`))
    await log.publish(commit(4, '2020/all', 3))
    await log.publish(commit(5, '2019/5'))
    const expected = {
      sequence: 5,
      replaced: 3,
      rows: 4,
      parts: [part('2019/5'), part('2020/all')],
    }
    expect(await open().state()).toEqual(expected)
    await log.forget(3)
    expect(await open().state()).toEqual(expected)
    expect(await log.state()).toEqual(expected)
  })

  it('refuses a number that is free only because its commit was compacted away', async () => {
    const log = open()
    for (const n of [1, 2]) await log.publish(commit(n, `2020/${n}`))
    await log.publish(commit(3, '2020/all', 2))
    await log.forget(2)
    expect(await log.publish(commit(2, '2020/late'))).toBe(false)
    expect(await readdir(join(folder, 'commits'))).toEqual(['00000003.json'])
  })
})
