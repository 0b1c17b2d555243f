/**
 * What Quorum asks of a database: leases of one connection each. PGlite, the owner channel and PostgreSQL are three engines
 * behind this contract, so one Kysely dialect serves them all.
 */
export type SqlRow = Record<string, unknown>

export interface SqlResult {
  readonly rows: SqlRow[]
  /** First word of the command tag: SELECT, INSERT, COMMIT … */
  readonly command: string | undefined
  readonly affectedRows: number
}

/** One connection, held by one user. Statements run in the order they were asked for. */
export interface SqlLease {
  /**
   * One statement with `$1 …` values, or, without values, one or more statements; then the result is that of the last one
   * that has columns.
   */
  execute(text: string, values?: readonly unknown[]): Promise<SqlResult>
  /** Rolls back what is still open and gives the connection back. Safe to call twice. */
  release(): Promise<void>
}

export type DatabaseKind = 'pglite' | 'postgres'

/** `owner`: this process holds the folder; `client`: another does; `server`: PostgreSQL; `memory`: PGlite without a folder. */
export type DatabaseMode = 'owner' | 'client' | 'server' | 'memory'

export interface SqlEngine {
  readonly kind: DatabaseKind
  readonly mode: DatabaseMode
  acquire(): Promise<SqlLease>
  close(): Promise<void>
}

/** A lease that runs no statement for so long is rolled back: on one connection it would stop everybody else. */
export const defaultLeaseIdleMs = 30_000
