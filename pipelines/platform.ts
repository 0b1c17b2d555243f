/** Platform: everything a pipeline works with, opened once a process and closed in the reverse order. */
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Config } from '../core/config/index.ts'
import { migrate, openDatabase, type Database } from '../core/database/index.ts'
import { QuorumError } from '../core/errors.ts'
import { makeFolder } from '../core/files.ts'
import type { Log } from '../core/log.ts'
import { openQueue, type Queue } from '../core/queue.ts'
import { recordChain, recordMigrations, type RecordChain } from '../core/records/index.ts'
import {
  executionMigrations,
  Sessions,
  type ExecutionTables,
  type SessionServices,
} from '../execution/index.ts'
import { openBarStore, type BarStore } from '../market/index.ts'
import { openArtifactStore, type ArtifactStore } from '../models/index.ts'
import { openRegistry, registryMigrations, runQueue, type Registry } from '../registry/index.ts'
import { loadUserSets } from './features/user-sets.ts'
import { sessionSource } from './session-source.ts'

export interface Platform {
  readonly config: Config
  readonly dataDir: string
  readonly clock: Clock
  readonly log: Log
  readonly database: Database
  readonly records: RecordChain
  readonly registry: Registry
  readonly artifacts: ArtifactStore
  readonly bars: BarStore
  readonly queue: Queue
  readonly sessions: Sessions
  readonly execution: SessionServices
  close(): Promise<void>
}

/**
 * @param role `owner`: this process serves others and must own an embedded folder; `auto`: owns it if nobody does, else asks the owner.
 * @throws FOLDER_UNWRITABLE, FOLDER_BUSY, DATABASE_UNAVAILABLE
 */
export async function openPlatform(
  config: Config,
  { clock, log, role = 'auto' }: { clock: Clock; log: Log; role?: 'owner' | 'auto' },
): Promise<Platform> {
  const { dataDir } = config
  await makeFolder(dataDir).catch((cause: unknown) => {
    const reason = (cause as Error).message
    throw new QuorumError('FOLDER_UNWRITABLE', { path: dataDir, reason }, { cause })
  })
  const database = await openDatabase({
    dataDir,
    databaseUrl: config.database.url,
    clock,
    log,
    role,
  })
  try {
    await migrate(database, [...recordMigrations, ...registryMigrations, ...executionMigrations])
    const records = recordChain({ database, dataDir, clock })
    if (database.mode !== 'client') await records.advanceHead()
    await loadUserSets(dataDir, log)
    const bars = openBarStore({ folder: dataDir, clock, log })
    const artifacts = openArtifactStore(join(dataDir, 'artifacts'))
    const queue = openQueue({ database, clock, log, queues: [{ name: runQueue }] })
    const tables = database.withTables<ExecutionTables>()
    return {
      config,
      dataDir,
      clock,
      log,
      database,
      records,
      registry: openRegistry({ database, clock, queue }),
      artifacts,
      bars,
      queue,
      sessions: new Sessions(tables, clock),
      execution: {
        database: tables,
        records: records.withTables<ExecutionTables>(),
        artifacts,
        inference: config.inference,
        clock,
        instrument: (symbol) => bars.instrument(symbol),
        source: (spec) => sessionSource(bars, spec),
      },
      async close() {
        await queue.stop()
        await database.close()
      },
    }
  } catch (error) {
    await database.close().catch(() => undefined)
    throw error
  }
}
