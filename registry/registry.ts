/** The registry: what exists and what is to be done, on one database. */
import type { Clock } from '../core/clock.ts'
import type { AnyDatabase, Database } from '../core/database/index.ts'
import type { Queue } from '../core/queue.ts'
import { enqueuer, type Enqueue } from './enqueue.ts'
import { Models } from './models.ts'
import { Outcomes } from './outcomes.ts'
import { Runs } from './runs.ts'
import { Schedules } from './schedules.ts'
import type { RegistryTables } from './schema.ts'

export interface Registry {
  readonly enqueue: Enqueue
  readonly database: Database<RegistryTables>
  readonly runs: Runs
  readonly models: Models
  readonly schedules: Schedules
  readonly outcomes: Outcomes
}

export function openRegistry({
  database: anyDatabase,
  clock,
  queue,
}: {
  database: AnyDatabase
  clock: Clock
  queue: Queue
}): Registry {
  const database = anyDatabase.withTables<RegistryTables>()
  const runs = new Runs(database, clock)
  return {
    database,
    runs,
    enqueue: enqueuer(database, runs, queue),
    models: new Models(database, clock),
    schedules: new Schedules(database, clock),
    outcomes: new Outcomes(database, clock),
  }
}
