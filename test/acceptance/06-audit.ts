/** Shows 6: one changed character of a record's body, or a deleted last record, is named by its seq, exit 6. */
import { PGlite } from '@electric-sql/pglite'
import { join } from 'node:path'
import { assert, quorum, remove, temporaryFolder } from './harness.ts'

export default async function audit(): Promise<string> {
  const data = await temporaryFolder()
  try {
    await quorum(data, 'train', '--model', 'a', '--kind', 'ridge', '--symbols', 'SPX')
    await quorum(data, 'train', '--model', 'a', '--kind', 'ridge', '--symbols', 'SPX')
    const whole = await quorum(data, 'audit', 'verify', '--json')
    const records = whole.json()['records'] as number
    assert(whole.code === 0 && records >= 3, 'a whole chain', whole)
    const folder = join(data, 'database')
    const sql = async (text: string): Promise<void> => {
      const database = await PGlite.create(folder)
      await database.exec(text)
      await database.close()
    }
    await sql(`update records set body = overlay(body placing '#' from 12 for 1) where seq = 2`)
    const changed = await quorum(data, 'audit', 'verify', '--json')
    assert(
      changed.code === 6 && /seq 2\b/.test(changed.stderr),
      'the changed record is named, exit 6',
      changed,
    )
    const other = await temporaryFolder()
    try {
      await quorum(other, 'train', '--model', 'a', '--kind', 'ridge', '--symbols', 'SPX')
      const { records: count } = (await quorum(other, 'audit', 'verify', '--json')).json() as {
        records: number
      }
      const database = await PGlite.create(join(other, 'database'))
      await database.exec('delete from records where seq = (select max(seq) from records)')
      await database.close()
      const cut = await quorum(other, 'audit', 'verify', '--json')
      assert(
        cut.code === 6 && new RegExp(`seq ${count}\\b`).test(cut.stderr),
        'the deleted record is named, exit 6',
        cut,
      )
    } finally {
      await remove(other)
    }
    return `${records} records; both faults named`
  } finally {
    await remove(data)
  }
}
