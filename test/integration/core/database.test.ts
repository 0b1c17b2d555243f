/** Both databases answer alike: one suite over PGlite and PostgreSQL, by QUORUM_TEST_DATABASE. */
import { sql, type Generated } from 'kysely'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  isUniqueViolation,
  migrate,
  SqlError,
  type Database,
  type Migration,
} from '../../../core/database/index.ts'
import { openTestDatabase, testDatabaseKind } from '../../support/database.ts'

interface Tables {
  things: { id: Generated<number>; name: string; size: number | null }
}

const things: Migration = {
  name: 'test/001-things',
  up: async (trx) => {
    await sql`create table things (id int primary key generated always as identity, name text not null, size float8, constraint things_name unique (name))`.execute(
      trx,
    )
  },
}

let database: Database<Tables>

beforeAll(async () => {
  database = await openTestDatabase<Tables>([things])
})
afterAll(() => database.close())

async function read(expression: string): Promise<unknown> {
  const { rows } = await database.executeSql(`select ${expression} as value`)
  return rows[0]!['value']
}

describe(`values on ${testDatabaseKind}`, () => {
  it.each<[string, unknown]>([
    ['1::int2', 1],
    ['-2::int4', -2],
    ['3::oid', 3],
    ['9007199254740991::int8', 9007199254740991],
    ['9007199254740992::int8', 9007199254740992n],
    ['(-9007199254740992)::int8', -9007199254740992n],
    ['count(*)', 1],
    ['sum(2::int8)', 2],
    ['1.25::numeric', 1.25],
    ["'NaN'::numeric", NaN],
    ['1.5::float4', 1.5],
    ['0.1::float8', 0.1],
    ["'NaN'::float8", NaN],
    ["'-Infinity'::float8", -Infinity],
    ["'-0'::float8", -0],
    ['true', true],
    ['false', false],
    ["'text'", 'text'],
    ["'padded'::char(8)", 'padded  '],
    ['\'{"a": [1, null]}\'::json', { a: [1, null] }],
    ["'[1, 2.5]'::jsonb", [1, 2.5]],
    ["'\\x00ff10'::bytea", new Uint8Array([0, 255, 16])],
    ["''::bytea", new Uint8Array()],
    ["'2024-02-29'::date", '2024-02-29'],
    ["'2024-03-10 12:30:45.678901+05:30'::timestamptz", Date.UTC(2024, 2, 10, 7, 0, 45, 678)],
    ["'2024-03-10 12:30:45'::timestamp", Date.UTC(2024, 2, 10, 12, 30, 45)],
    ["'1969-12-31 23:59:59.5Z'::timestamptz", -500],
    ["'infinity'::timestamptz", Infinity],
    ["'0044-03-15 00:00:00+00 BC'::timestamptz", new Date('-000043-03-15T00:00:00Z').getTime()],
    ["'0050-01-01 00:00:00+00'::timestamptz", new Date('0050-01-01T00:00:00Z').getTime()],
    ["interval '1 year 2 days 03:04:05.5'", 'P1Y2DT3H4M5.5S'],
    ["'7f8c1e9a-0000-4000-8000-000000000001'::uuid", '7f8c1e9a-0000-4000-8000-000000000001'],
    ["'12:30'::time", '12:30:00'],
    ['null::int8', null],
    ['array[1, null, 3]', [1, null, 3]],
    ['array[9007199254740993]', [9007199254740993n]],
    [
      "array['a', 'b,c', 'd\"e', 'null', '', null, '\\']",
      ['a', 'b,c', 'd"e', 'null', '', null, '\\'],
    ],
    [
      'array[[1, 2], [3, 4]]',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["'[0:1]={5,6}'::int[]", [5, 6]],
    ["'{}'::text[]", []],
    ['array[true, false]', [true, false]],
    ['array[\'{"a":1}\'::jsonb]', [{ a: 1 }]],
    ["array['2024-01-01'::date]", ['2024-01-01']],
  ])('reads %s', async (expression, expected) => {
    expect(await read(expression)).toStrictEqual(expected)
  })

  it.each<[string, unknown, unknown]>([
    ['int8', 9007199254740993n, 9007199254740993n],
    ['int4', 7, 7],
    ['float8', NaN, NaN],
    ['float8', Infinity, Infinity],
    ['float8', -0, -0],
    ['float8', 5e-324, 5e-324],
    ['text', 12, '12'],
    ['text', true, 'true'],
    ['text', null, null],
    ['text', undefined, null],
    ['bool', false, false],
    ['bytea', new Uint8Array([1, 2, 255]), new Uint8Array([1, 2, 255])],
    ['bytea', Buffer.from([9]).subarray(0, 1), new Uint8Array([9])],
    ['timestamptz', new Date(1700000000123), 1700000000123],
    ['jsonb', { a: [1, { b: null }], s: '"\\' }, { a: [1, { b: null }], s: '"\\' }],
    ['jsonb', JSON.stringify([1, 2]), [1, 2]],
    ['jsonb', JSON.stringify('text'), 'text'],
    ['int4[]', [1, null, 2], [1, null, 2]],
    ['text[]', ['a"b', 'c\\d', '{x}', null, ''], ['a"b', 'c\\d', '{x}', null, '']],
    ['int4[]', [[1], [2]], [[1], [2]]],
    ['date', '2024-12-31', '2024-12-31'],
  ])('writes %s', async (type, value, expected) => {
    const { rows } = await database.executeSql(`select $1::${type} as value`, [value])
    expect(rows[0]!['value']).toStrictEqual(expected)
  })

  it('returns every text and every double as it was given', async () => {
    const text = fc.string({ unit: 'binary' }).filter((s) => !s.includes('\0'))
    await fc.assert(
      fc.asyncProperty(text, fc.double(), fc.uint8Array(), async (s, x, b) => {
        const { rows } = await database.executeSql(
          'select $1::text as s, $2::float8 as x, $3::bytea as b, $4::text[] as a',
          [s, x, b, [s, null]],
        )
        expect(rows[0]).toStrictEqual({ s, x, b: new Uint8Array(b), a: [s, null] })
      }),
      { numRuns: 100 },
    )
  })

  it('refuses a function as a value', async () => {
    await expect(database.executeSql('select $1', [() => 1])).rejects.toThrow('must be data')
  })
})

describe(`statements on ${testDatabaseKind}`, () => {
  it('runs Kysely with counts of changed rows', async () => {
    const db = database.kysely
    const inserted = await db
      .insertInto('things')
      .values([
        { name: 'one', size: 1.5 },
        { name: 'two', size: null },
      ])
      .returning(['name', 'size'])
      .execute()
    expect(inserted).toStrictEqual([
      { name: 'one', size: 1.5 },
      { name: 'two', size: null },
    ])
    const updated = await db.updateTable('things').set({ size: 2 }).executeTakeFirstOrThrow()
    expect(updated.numUpdatedRows).toBe(2n)
    const deleted = await db
      .deleteFrom('things')
      .where('name', '=', 'one')
      .executeTakeFirstOrThrow()
    expect(deleted.numDeletedRows).toBe(1n)
    expect(await db.selectFrom('things').select('name').execute()).toStrictEqual([{ name: 'two' }])
  })

  it('runs a script and answers with its last result that has columns', async () => {
    const { rows } = await database.executeSql(
      'create temp table t (n int); insert into t values (1), (2); select count(*) from t; drop table t',
    )
    expect(rows).toStrictEqual([{ count: 2 }])
  })

  it('names the broken constraint', async () => {
    const insert = () =>
      database.kysely.insertInto('things').values({ name: 'twice', size: 0 }).execute()
    await insert()
    const error = await insert().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(SqlError)
    expect(isUniqueViolation(error, 'things_name')).toBe(true)
    expect(isUniqueViolation(error, 'other')).toBe(false)
    expect((error as SqlError).table).toBe('things')
  })

  it('leaves no transaction open after a script that failed in the middle', async () => {
    await expect(
      database.executeSql("begin; insert into things (name) values ('lost'); select 1 / 0; commit"),
    ).rejects.toMatchObject({ code: '22012' })
    expect(await read("(select count(*) from things where name = 'lost')")).toBe(0)
    await database.executeSql("insert into things (name) values ('kept')")
    expect(await read("(select count(*) from things where name = 'kept')")).toBe(1)
  })
})

describe(`transactions on ${testDatabaseKind}`, () => {
  const names = async (like: string): Promise<string[]> => {
    const rows = await database.kysely
      .selectFrom('things')
      .select('name')
      .where('name', 'like', like)
      .orderBy('id')
      .execute()
    return rows.map(({ name }) => name)
  }

  it('commits what resolves and rolls back what throws', async () => {
    await database.transaction((trx) =>
      trx.insertInto('things').values({ name: 'tx-kept' }).execute(),
    )
    const failure = new Error('on purpose')
    await expect(
      database.transaction(async (trx) => {
        await trx.insertInto('things').values({ name: 'tx-gone' }).execute()
        throw failure
      }),
    ).rejects.toBe(failure)
    expect(await names('tx-%')).toStrictEqual(['tx-kept'])
  })

  it('refuses to commit when a failed statement was swallowed', async () => {
    await expect(
      database.transaction(async (trx) => {
        await trx.insertInto('things').values({ name: 'swallowed' }).execute()
        await sql`select 1 / 0`.execute(trx).catch(() => undefined)
      }),
    ).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await names('swallowed')).toStrictEqual([])
  })

  it('refuses a statement that leaves the transaction it is in', async () => {
    await expect(
      database.transaction(() => database.kysely.selectFrom('things').selectAll().execute()),
    ).rejects.toThrow('Pass trx on')
    await expect(database.transaction(() => database.executeSql('select 1'))).rejects.toThrow(
      'Pass trx on',
    )
    await expect(
      database.transaction(() => database.transaction(() => Promise.resolve())),
    ).rejects.toThrow('Pass trx on')
    expect(await read('1')).toBe(1)
  })

  it('keeps concurrent increments apart', async () => {
    await database.kysely.insertInto('things').values({ name: 'counter', size: 0 }).execute()
    await Promise.all(
      Array.from({ length: 20 }, () =>
        database.transaction(async (trx) => {
          const { size } = await trx
            .selectFrom('things')
            .select('size')
            .where('name', '=', 'counter')
            .forUpdate()
            .executeTakeFirstOrThrow()
          await trx
            .updateTable('things')
            .set({ size: size! + 1 })
            .where('name', '=', 'counter')
            .execute()
        }),
      ),
    )
    expect(await read("(select size from things where name = 'counter')")).toBe(20)
  })

  it('rolls back to a savepoint', async () => {
    const trx = await database.kysely.startTransaction().execute()
    await trx.insertInto('things').values({ name: 'sp-kept' }).execute()
    const point = await trx.savepoint('a"b').execute()
    await point.insertInto('things').values({ name: 'sp-gone' }).execute()
    const back = await point.rollbackToSavepoint('a"b').execute()
    await back.commit().execute()
    expect(await names('sp-%')).toStrictEqual(['sp-kept'])
  })
})

describe(`migrations on ${testDatabaseKind}`, () => {
  const counting = (name: string, calls: string[]): Migration => ({
    name,
    up: async (trx) => {
      calls.push(name)
      await sql.raw(`create table ${name.replace(/\W/g, '_')} (id int)`).execute(trx)
    },
  })

  it('runs each once, also when two start together', async () => {
    const calls: string[] = []
    const list = [counting('two/001-a', calls), counting('two/002-b', calls)]
    const ran = await Promise.all([migrate(database, list), migrate(database, list)])
    expect(ran.flat().sort()).toStrictEqual(['two/001-a', 'two/002-b'])
    expect(calls).toStrictEqual(['two/001-a', 'two/002-b'])
    expect(await migrate(database, list)).toStrictEqual([])
  })

  it('leaves nothing of a migration that fails, and takes it up again', async () => {
    const failing: Migration = {
      name: 'bad/001-half',
      up: async (trx) => {
        await sql`create table half (id int)`.execute(trx)
        await sql`select 1 / 0`.execute(trx)
      },
    }
    await expect(migrate(database, [failing])).rejects.toMatchObject({ code: '22012' })
    expect(await read("to_regclass('half')::text")).toBeNull()
    expect(await migrate(database, [counting('bad/001-half', [])])).toStrictEqual(['bad/001-half'])
  })

  it('refuses a database that a newer version has migrated', async () => {
    const list = [counting('new/001-a', []), counting('new/002-b', [])]
    await migrate(database, list)
    await expect(migrate(database, list.slice(0, 1))).rejects.toMatchObject({ code: 'CONFLICT' })
    // Another namespace's migrations are none of its business.
    expect(await migrate(database, [counting('else/001-a', [])])).toStrictEqual(['else/001-a'])
  })
})
