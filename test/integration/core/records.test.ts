/** The record chain on a real database: every kind of tampering is named by the first bad record. */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { canonicalJson, type Json } from '../../../core/canonical-json.ts'
import { ManualClock } from '../../../core/clock.ts'
import type { Database } from '../../../core/database/index.ts'
import {
  appendRecords,
  exportRecords,
  genesisHash,
  readHeadFile,
  recordChain,
  recordMigrations,
  verifyExport,
  type RecordChain,
  type RecordTables,
} from '../../../core/records/index.ts'
import { openTestDatabase } from '../../support/database.ts'

let database: Database<RecordTables>
let dataDir: string
let chain: RecordChain<RecordTables>

beforeAll(async () => {
  database = await openTestDatabase<RecordTables>(recordMigrations)
})
afterAll(() => database.close())
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'quorum-records-'))
  chain = recordChain({ database, dataDir, clock: new ManualClock(1_700_000_000_000) })
})
afterEach(async () => {
  await database.executeSql(
    `delete from records; update record_head set seq = 0, hash = '${genesisHash}'`,
  )
  await rm(dataDir, { recursive: true, force: true })
})

async function append(count: number, from = 1): Promise<void> {
  await chain.transaction(async (trx) => {
    const entries = Array.from({ length: count }, (_, i) => ({
      kind: 'order',
      body: { symbol: 'AAPL', quantity: from + i, note: 'ü' },
    }))
    await chain.append(trx, entries)
  })
}

async function lines(): Promise<string[]> {
  const out: string[] = []
  for await (const line of exportRecords(database)) out.push(line)
  return out
}

describe('appending', () => {
  it('hashes what the schema says, from the genesis hash on', async () => {
    await append(2)
    const [first, second] = await chain.read({ after: 0, limit: 10 })
    // Spelled out by hand, independent of canonicalJson.
    const text =
      '{"at":1700000000000,"body":{"note":"ü","quantity":1,"symbol":"AAPL"},"kind":"order","seq":1}'
    const hash = createHash('sha256')
      .update(`${'0'.repeat(64)}${text}`, 'utf8')
      .digest('hex')
    expect(first).toStrictEqual({
      seq: 1,
      at: 1_700_000_000_000,
      kind: 'order',
      body: '{"note":"ü","quantity":1,"symbol":"AAPL"}',
      hash,
    })
    const next = text.replace('"quantity":1', '"quantity":2').replace('"seq":1', '"seq":2')
    expect(second!.hash).toBe(createHash('sha256').update(`${hash}${next}`).digest('hex'))
  })

  it('moves the head file after the commit, and not at all without one', async () => {
    await append(3)
    const head = await readHeadFile(dataDir)
    const last = (await chain.read({ after: 2, limit: 1 }))[0]!
    expect(head).toStrictEqual({ seq: 3, hash: last.hash })
    await expect(
      chain.transaction(async (trx) => {
        await chain.append(trx, [{ kind: 'lost', body: null }])
        throw new Error('on purpose')
      }),
    ).rejects.toThrow('on purpose')
    expect(await readHeadFile(dataDir)).toStrictEqual(head)
    expect(await chain.verify()).toStrictEqual({ ok: true, records: 3 })
  })

  it('puts concurrent appends in one unbroken order', async () => {
    await Promise.all(Array.from({ length: 25 }, (_, i) => append(1 + (i % 3), i * 10)))
    expect(await chain.verify()).toStrictEqual({ ok: true, records: 49 })
    expect((await readHeadFile(dataDir))!.seq).toBe(49)
  })

  it('refuses to append where the head file would not follow', async () => {
    await expect(
      database.transaction((trx) => chain.append(trx, [{ kind: 'x', body: 1 }])),
    ).rejects.toThrow('outside RecordChain.transaction')
  })

  it('appends more rows than one statement takes', async () => {
    await append(12_001)
    expect(await chain.verify()).toStrictEqual({ ok: true, records: 12_001 })
  })

  it('refuses a body that has no JSON form', async () => {
    await expect(
      chain.transaction((trx) => chain.append(trx, [{ kind: 'x', body: { price: NaN } }])),
    ).rejects.toMatchObject({ code: 'INVALID_VALUE' })
  })

  it('reads pages by kind', async () => {
    await append(2)
    await chain.transaction((trx) => chain.append(trx, [{ kind: 'fill', body: [1] }]))
    expect(await chain.read({ after: 0, limit: 10, kind: 'fill' })).toMatchObject([
      { seq: 3, body: '[1]' },
    ])
    expect(await chain.read({ after: 1, limit: 1 })).toMatchObject([{ seq: 2 }])
  })
})

describe('verifying', () => {
  it('accepts an empty chain and any chain it wrote itself', async () => {
    expect(await chain.verify()).toStrictEqual({ ok: true, records: 0 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ noUnicodeString: false })), async (bodies) => {
        await chain.transaction((trx) =>
          chain.append(
            trx,
            bodies.map((body) => ({ kind: 'any', body: body })),
          ),
        )
        expect((await chain.verify()).ok).toBe(true)
      }),
      { numRuns: 20 },
    )
    const all = await lines()
    expect(await verifyExport(all)).toStrictEqual({ ok: true, records: all.length - 1 })
  })

  it.each<[string, string, number, string]>([
    [
      'a body',
      `update records set body = replace(body, '4', '5') where seq = 4`,
      4,
      'body, kind or time',
    ],
    [
      'a space in a body',
      `update records set body = body || ' ' where seq = 4`,
      4,
      'body, kind or time',
    ],
    ['a kind', `update records set kind = 'fill' where seq = 1`, 1, 'body, kind or time'],
    ['a time', `update records set at = at + 1 where seq = 10`, 10, 'body, kind or time'],
    [
      'a hash',
      `update records set hash = repeat('a', 64) where seq = 4`,
      4,
      'its hash was changed',
    ],
    [
      'the last hash',
      `update records set hash = repeat('a', 64) where seq = 10`,
      10,
      'its hash was changed',
    ],
    ['a hole', `delete from records where seq = 4`, 4, 'seq 4 is missing'],
    ['a missing start', `delete from records where seq <= 3`, 1, 'seq 1 is missing'],
    ['a cut-off end', `delete from records where seq > 8`, 9, 'cut off: the head row says seq 10'],
    ['no records at all', `delete from records`, 1, 'cut off: the head row says seq 10'],
    [
      'an added record',
      `insert into records select 11, at, kind, body, hash from records where seq = 10`,
      11,
      'ends at seq 10',
    ],
    [
      'another head hash',
      `update record_head set hash = repeat('b', 64)`,
      10,
      'the head row has another hash',
    ],
    [
      'no head row',
      `alter table record_head drop constraint record_head_id_check; update record_head set id = 2; delete from record_head; alter table record_head add constraint record_head_id_check check (id = 1)`,
      1,
      'head row is missing',
    ],
  ])('names %s', async (_, tampering, seq, reason) => {
    await append(10)
    await database.executeSql(tampering)
    const error = await chain.verify().catch((caught: unknown) => caught)
    await database.executeSql(`insert into record_head values (1, 0, '') on conflict do nothing`)
    expect(error).toMatchObject({ code: 'INTEGRITY', exitCode: 6, details: { seq } })
    expect((error as Error).message).toContain(reason)
  })

  it('names an end that was cut off together with its head row', async () => {
    await append(10)
    await database.executeSql(
      `delete from records where seq > 7;
       update record_head set seq = 7, hash = (select hash from records where seq = 7)`,
    )
    await expect(chain.verify()).rejects.toThrow(
      'seq 8: the end is cut off: the head kept outside the database says seq 10',
    )
    // Appending to what is left does not hide it: record 10 is another one now.
    await database.transaction((trx) =>
      appendRecords(
        trx,
        Array.from({ length: 5 }, () => ({ kind: 'new', body: 0 })),
        { at: 1 },
      ),
    )
    await expect(chain.verify()).rejects.toThrow('seq 10: the head kept outside')
  })

  it('names a chain that was rewritten as a whole', async () => {
    await append(5)
    await database.executeSql(
      `delete from records; update record_head set seq = 0, hash = '${genesisHash}'`,
    )
    await database.transaction((trx) =>
      appendRecords(
        trx,
        Array.from({ length: 6 }, () => ({ kind: 'forged', body: 0 })),
        { at: 1 },
      ),
    )
    await expect(chain.verify()).rejects.toThrow('seq 5: the head kept outside')
  })

  it('finds any single change by its seq', async () => {
    await append(30)
    const rows = await chain.read({ after: 0, limit: 100 })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 29 }),
        fc.nat(),
        fc.nat(15),
        async (index, at, digit) => {
          const row = rows[index]!
          const position = at % row.body.length
          const changed =
            row.body.slice(0, position) + digit.toString(16) + row.body.slice(position + 1)
          fc.pre(changed !== row.body)
          const put = (body: string) =>
            database.kysely
              .updateTable('records')
              .set({ body })
              .where('seq', '=', row.seq)
              .execute()
          await put(changed)
          const error = await chain.verify().catch((caught: unknown) => caught)
          await put(row.body)
          expect(error).toMatchObject({ code: 'INTEGRITY', details: { seq: row.seq } })
        },
      ),
      { numRuns: 40 },
    )
    expect(await chain.verify()).toStrictEqual({ ok: true, records: 30 })
  })

  it('stops when it is cancelled', async () => {
    await append(3)
    await expect(chain.verify({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    )
  })
})

describe('the head file', () => {
  it('may lag and is moved forward, never backward', async () => {
    await append(2)
    const early = await readFile(join(dataDir, 'head'), 'utf8')
    await append(2)
    const late = await readFile(join(dataDir, 'head'), 'utf8')
    await writeFile(join(dataDir, 'head'), early)
    expect(await chain.verify()).toStrictEqual({ ok: true, records: 4 })
    expect((await chain.advanceHead()).seq).toBe(4)
    expect(await readFile(join(dataDir, 'head'), 'utf8')).toBe(late)
    const ahead = `9 ${'c'.repeat(64)}\n`
    await writeFile(join(dataDir, 'head'), ahead)
    expect((await chain.advanceHead()).seq).toBe(9)
    expect(await readFile(join(dataDir, 'head'), 'utf8')).toBe(ahead)
  })

  it('is refused when it is torn', async () => {
    await append(1)
    await writeFile(join(dataDir, 'head'), '1 abc')
    await expect(chain.verify()).rejects.toMatchObject({ code: 'INTEGRITY' })
  })
})

describe('an export', () => {
  it('shows a change, a cut and a line that is none', async () => {
    await append(5)
    const all = await lines()
    expect(JSON.parse(all[0]!)).toStrictEqual({
      head: { seq: 5, hash: (await readHeadFile(dataDir))!.hash },
    })
    expect(all[1]).toBe(canonicalJson(JSON.parse(all[1]!) as Json))
    expect(await verifyExport(all)).toStrictEqual({ ok: true, records: 5 })
    await expect(verifyExport(all.slice(0, -1))).rejects.toMatchObject({ details: { seq: 5 } })
    await expect(verifyExport(all.toSpliced(3, 1))).rejects.toMatchObject({ details: { seq: 3 } })
    const changed = all.with(2, all[2]!.replace('AAPL', 'MSFT'))
    await expect(verifyExport(changed)).rejects.toMatchObject({ details: { seq: 2 } })
    await expect(verifyExport([...all, 'x'])).rejects.toMatchObject({ code: 'BAD_DATA' })
    await expect(verifyExport([])).rejects.toMatchObject({ code: 'BAD_DATA' })
  })
})
