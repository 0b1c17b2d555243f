import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readVectorLog, VectorLog, type LoggedVector } from '../../../features/vector-log.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-vectors-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const vector = (symbol: string, k: number): LoggedVector => ({
  key: {
    symbol,
    universe: [symbol],
    timeframe: '1d',
    set: 'base',
    fingerprint: 'f',
    features: ['a', 'b'],
  },
  servedAt: 1_000 + k,
  time: 500 + k,
  values: Float32Array.of(k, NaN),
})

function open(lost: number[] = [], at = folder): VectorLog {
  return new VectorLog(at, { name: '1', onError: (_error, vectors) => void lost.push(vectors) })
}

describe('vector log', () => {
  it('gives back what was appended, over several flushes and processes', async () => {
    const log = open()
    const expected = Array.from({ length: 50 }, (_, k) => vector(k % 2 === 0 ? 'A' : 'B', k))
    for (const [k, one] of expected.entries()) {
      log.append(one.key.symbol, one)
      if (k % 7 === 0) await log.flush()
    }
    await log.close()
    expect(await readVectorLog(folder)).toEqual({ vectors: expected, torn: 0 })
  })

  it('reads up to where a killed process stopped writing', async () => {
    const log = open()
    log.append('A', vector('A', 1))
    await log.close()
    const [file] = await readdir(folder)
    await appendFile(join(folder, file!), Buffer.from([60, 0, 0, 0, 2, 0, 0, 0, 1]))
    const { vectors, torn } = await readVectorLog(folder)
    expect(vectors).toEqual([vector('A', 1)])
    expect(torn).toBe(1)
  })

  it('counts what could not be written and goes on', async () => {
    const lost: number[] = []
    const place = join(folder, 'file')
    await writeFile(place, '')
    const log = open(lost, place)
    log.append('A', vector('A', 1))
    log.append('A', vector('A', 2))
    const failing = log.flush()
    // Its key is in the write that is about to fail.
    log.append('A', vector('A', 9))
    await failing
    await rm(place)
    log.append('A', vector('A', 3))
    await log.close()
    expect(lost).toEqual([3])
    expect((await readVectorLog(place)).vectors).toEqual([vector('A', 3)])
  })

  it('is empty where there is none', async () => {
    expect(await readVectorLog(join(folder, 'none'))).toEqual({ vectors: [], torn: 0 })
  })
})
