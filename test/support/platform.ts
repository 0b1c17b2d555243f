/** A platform on a temporary data folder and the database the test run is for; everything is gone after `close`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { loadConfig } from '../../core/config/index.ts'
import { silentLog } from '../../core/log.ts'
import { openPlatform, type Platform } from '../../pipelines/index.ts'
import { createTestDatabase, testDatabaseKind } from './database.ts'

export interface TestPlatform {
  readonly platform: Platform
  /** Closes and opens again on the same state, as a restart does. */
  reopen(): Promise<Platform>
  close(): Promise<void>
}

export async function testPlatform(): Promise<TestPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'quorum-test-'))
  const database = testDatabaseKind === 'postgres' ? await createTestDatabase() : undefined
  const { config } = await loadConfig({
    flags: { dataDir: folder, ...(database === undefined ? {} : { 'database.url': database.url }) },
    env: {},
    cwd: folder,
  })
  const open = (): Promise<Platform> =>
    openPlatform(config, { clock: systemClock, log: silentLog, role: 'owner' })
  let platform = await open()
  return {
    get platform() {
      return platform
    },
    async reopen() {
      await platform.close()
      platform = await open()
      return platform
    },
    async close() {
      await platform.close()
      await database?.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
