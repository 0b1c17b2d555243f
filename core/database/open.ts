/** Opens the database that the configuration asks for: PostgreSQL where a URL is given, else PGlite in the data folder. */
import { createDatabase, type Database } from './database.ts'
import { openEmbeddedEngine, type DatabaseRole, type EmbeddedOptions } from './embedded-engine.ts'
import { openPostgresEngine } from './postgres-engine.ts'

export interface OpenDatabaseOptions extends Omit<EmbeddedOptions, 'role'> {
  readonly databaseUrl?: string | undefined
  /** Only for the embedded database; default `auto`. */
  readonly role?: DatabaseRole
  /** Only for PostgreSQL: the most connections at a time, default 10. */
  readonly connections?: number
}

/**
 * @throws FOLDER_BUSY where the folder's owner does not answer, FOLDER_UNWRITABLE, CONFLICT where role `owner` finds
 * another, DATABASE_UNAVAILABLE where PostgreSQL cannot be reached or role `client` finds no owner.
 */
export async function openDatabase<Tables = unknown>(
  options: OpenDatabaseOptions,
): Promise<Database<Tables>> {
  const { databaseUrl, role = 'auto' } = options
  const engine =
    databaseUrl === undefined
      ? await openEmbeddedEngine({ ...options, role })
      : await openPostgresEngine({ ...options, databaseUrl })
  return createDatabase<Tables>(engine)
}
