/** The database: PGlite or PostgreSQL behind one Kysely instance. */
export { createDatabase, type AnyDatabase, type AnyTransaction, type Database } from './database.ts'
export type { SqlEngine } from './engine.ts'
export { migrate, type Migration } from './migrate.ts'
export { openDatabase, type OpenDatabaseOptions } from './open.ts'
export { openPGliteEngine } from './pglite-engine.ts'
export { openPostgresEngine } from './postgres-engine.ts'
export { isUniqueViolation, SqlError } from './sql-error.ts'
