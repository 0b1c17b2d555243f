/** A process with a database, told what to do by lines of JSON on stdin; for owner.test.ts. */
import { createInterface } from 'node:readline'
import { systemClock } from '../../../dist/core/clock.js'
import { openDatabase } from '../../../dist/core/database/index.js'
import { asQuorumError } from '../../../dist/core/errors.js'
import { silentLog } from '../../../dist/core/log.js'
import { openQueue } from '../../../dist/core/queue.js'

let database
let transaction

const commands = {
  async open(options) {
    database = await openDatabase({ clock: systemClock, log: silentLog, ...options })
    return database.mode
  },
  mode: () => database.mode,
  sql: async ({ text, values }) => (await database.executeSql(text, values)).rows,
  async begin() {
    transaction = await database.kysely.startTransaction().execute()
  },
  inside: async ({ text }) =>
    (await transaction.executeQuery({ sql: text, parameters: [], query: { kind: 'RawNode' } }))
      .rows,
  commit: () => transaction.commit().execute(),
  /** Adds one to the counter in a transaction that another could disturb, `times` times. */
  async count({ times }) {
    for (let i = 0; i < times; i++) {
      await database.transaction(async (trx) => {
        const query = (sql) => trx.executeQuery({ sql, parameters: [], query: { kind: 'RawNode' } })
        const { rows } = await query('select n from counter')
        await query(`update counter set n = ${rows[0].n + 1}`)
      })
    }
  },
  /** Inserts until it is killed, and says after each row that it is there. */
  async write({ from }) {
    for (let id = from; ; id++) {
      await database.executeSql('insert into rows_of values ($1, $2)', [process.pid, id])
      process.stdout.write(`${JSON.stringify({ wrote: id })}\n`)
    }
  },
  /** Takes jobs of `name`, says which, and never ends one. */
  async work({ name }) {
    const queue = openQueue({
      database,
      clock: systemClock,
      log: silentLog,
      queues: [{ name }],
      expireSeconds: 1,
    })
    queue.work(name, { pollIntervalMs: 50 }, (payload) => {
      process.stdout.write(`${JSON.stringify({ wrote: payload })}\n`)
      return new Promise(() => undefined)
    })
    await queue.start()
  },
  async send({ name, payload }) {
    const queue = openQueue({ database, clock: systemClock, log: silentLog, queues: [{ name }] })
    await queue.start()
    await queue.send(name, payload)
    await queue.stop()
  },
  block({ ms }) {
    const end = Date.now() + ms
    while (Date.now() < end);
  },
  close: () => database.close(),
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, command, ...options } = JSON.parse(line)
  // Not awaited: a second command may come while one is under way.
  Promise.resolve()
    .then(() => commands[command](options))
    .then(
      (value) => ({ id, value }),
      (error) => ({
        id,
        error: { code: error.code ?? asQuorumError(error).code, message: error.message },
      }),
    )
    .then((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`))
}
