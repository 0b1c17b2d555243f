/**
 * Schedules: rows of (model, cron, time zone). A tick enqueues what has become due since `last_due`, once: the row is locked,
 * the run created and `last_due` moved in one transaction, so that two ticks or a crash between them change nothing.
 */
import { CronExpressionParser } from 'cron-parser'
import { check, invalid, unknownName } from '../core/checks.ts'
import type { Clock } from '../core/clock.ts'
import type { AnyTransaction, Database } from '../core/database/database.ts'
import type { RegistryTables } from './schema.ts'

export interface Schedule {
  readonly id: number
  readonly model: string
  readonly cron: string
  readonly timeZone: string
  /** Whether times missed while nothing ran are made up for by one run; otherwise they are let go. */
  readonly catchUp: boolean
  readonly enabled: boolean
  readonly lastDue: number
  readonly nextDue: number
}

/** A missed time older than this counts as missed, not as merely late. */
const lateAfterMs = 5 * 60_000

export class Schedules {
  readonly #database: Database<RegistryTables>
  readonly #clock: Clock

  constructor(database: Database<RegistryTables>, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Adds a schedule, or updates the one with the same model, cron and zone. @throws INVALID_VALUE for a bad cron or zone. */
  async add({
    model,
    cron,
    timeZone = 'UTC',
    catchUp = true,
  }: {
    model: string
    cron: string
    timeZone?: string
    catchUp?: boolean
  }): Promise<Schedule> {
    const now = this.#clock.now()
    nextDue(cron, timeZone, now)
    await this.#database.kysely
      .insertInto('schedules')
      .values({
        model,
        cron,
        time_zone: timeZone,
        catch_up: catchUp,
        enabled: true,
        last_due: now,
        created_at: now,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['model', 'cron', 'time_zone'])
          .doUpdateSet({ catch_up: catchUp, enabled: true }),
      )
      .execute()
    const all = await this.list()
    return all.find((s) => s.model === model && s.cron === cron && s.timeZone === timeZone)!
  }

  async list(): Promise<Schedule[]> {
    const rows = await this.#database.kysely
      .selectFrom('schedules')
      .selectAll()
      .orderBy('id')
      .execute()
    return rows.map((row) => ({
      id: row.id,
      model: row.model,
      cron: row.cron,
      timeZone: row.time_zone,
      catchUp: row.catch_up,
      enabled: row.enabled,
      lastDue: row.last_due,
      nextDue: nextDue(row.cron, row.time_zone, Math.max(row.last_due, this.#clock.now())),
    }))
  }

  async remove(id: number): Promise<void> {
    const result = await this.#database.kysely
      .deleteFrom('schedules')
      .where('id', '=', id)
      .executeTakeFirst()
    if (result.numDeletedRows === 0n) await this.#refuse(id)
  }

  async setEnabled(id: number, enabled: boolean): Promise<void> {
    const result = await this.#database.kysely
      .updateTable('schedules')
      // Times that passed while it was paused are not due.
      .set({ enabled, ...(enabled ? { last_due: this.#clock.now() } : {}) })
      .where('id', '=', id)
      .executeTakeFirst()
    if (result.numUpdatedRows === 0n) await this.#refuse(id)
  }

  /** Calls `enqueue` once for each schedule that is due, in the transaction that moves its `last_due`. */
  async tick(
    enqueue: (
      trx: AnyTransaction,
      schedule: { id: number; model: string; due: number },
    ) => Promise<void>,
  ): Promise<number> {
    const now = this.#clock.now()
    const candidates = await this.#database.kysely
      .selectFrom('schedules')
      .select('id')
      .where('enabled', '=', true)
      .execute()
    let enqueued = 0
    for (const { id } of candidates) {
      enqueued += await this.#database.transaction(async (trx) => {
        const row = await trx
          .selectFrom('schedules')
          .selectAll()
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst()
        if (row?.enabled !== true) return 0
        const due = newestDue(row.cron, row.time_zone, row.last_due, now)
        if (due === undefined) return 0
        await trx.updateTable('schedules').set({ last_due: due }).where('id', '=', id).execute()
        if (!row.catch_up && due < now - lateAfterMs) return 0
        await enqueue(trx, { id, model: row.model, due })
        return 1
      })
    }
    return enqueued
  }

  async #refuse(id: number): Promise<never> {
    const all = await this.list()
    throw unknownName(
      'schedule',
      String(id),
      all.map((schedule) => String(schedule.id)),
    )
  }
}

/** First due time after `after`. @throws INVALID_VALUE for a cron expression or zone that cannot be read. */
export function nextDue(cron: string, timeZone: string, after: number): number {
  checkCron(cron, timeZone)
  return CronExpressionParser.parse(cron, { currentDate: new Date(after), tz: timeZone })
    .next()
    .getTime()
}

/** Newest due time in (after, now]; several missed ones count once. */
function newestDue(cron: string, timeZone: string, after: number, now: number): number | undefined {
  // The parser's `prev` excludes its own moment, so ask from one millisecond later.
  const iterator = CronExpressionParser.parse(cron, {
    currentDate: new Date(now + 1),
    tz: timeZone,
  })
  const due = iterator.prev().getTime()
  return due > after ? due : undefined
}

function checkCron(cron: string, timeZone: string): void {
  const fields = cron.trim().split(/\s+/).length
  check(fields === 5, 'cron', 'five fields: minute hour day-of-month month day-of-week', cron)
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    throw invalid('timeZone', 'an IANA time zone such as America/New_York', timeZone)
  }
  try {
    CronExpressionParser.parse(cron, { tz: timeZone })
  } catch (error) {
    throw invalid('cron', `a cron expression (${(error as Error).message})`, cron)
  }
}
