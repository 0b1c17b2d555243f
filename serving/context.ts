/** What the server works with. A `Platform` of the pipelines has all of it; the two layers meet in the registry, not here. */
import type { Clock } from '../core/clock.ts'
import type { Config } from '../core/config/index.ts'
import type { Database } from '../core/database/index.ts'
import type { Log } from '../core/log.ts'
import type { RecordChain } from '../core/records/index.ts'
import type { Sessions } from '../execution/index.ts'
import type { BarStore } from '../market/index.ts'
import type { ArtifactStore } from '../models/index.ts'
import type { Registry } from '../registry/index.ts'

export interface ServingContext {
  readonly config: Config
  readonly clock: Clock
  readonly log: Log
  readonly database: Database
  readonly records: RecordChain
  readonly registry: Registry
  readonly artifacts: ArtifactStore
  readonly bars: BarStore
  readonly sessions: Sessions
}
