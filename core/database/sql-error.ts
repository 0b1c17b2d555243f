/**
 * Errors of the database in one form, whichever engine raised them. A refused statement is a SqlError with PostgreSQL's own
 * SQLSTATE; a lost or unreachable database is DATABASE_UNAVAILABLE.
 */
import { QuorumError } from '../errors.ts'

export interface SqlErrorFields {
  /** SQLSTATE, five characters. */
  readonly code: string
  readonly detail?: string | undefined
  readonly constraint?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
}

export class SqlError extends Error {
  readonly code: string
  readonly detail: string | undefined
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined

  constructor(message: string, fields: SqlErrorFields, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SqlError'
    this.code = fields.code
    this.detail = fields.detail
    this.constraint = fields.constraint
    this.table = fields.table
    this.column = fields.column
  }
}

/** Whether the statement broke a unique constraint, of that name if one is given. */
export function isUniqueViolation(error: unknown, constraint?: string): error is SqlError {
  return (
    error instanceof SqlError &&
    error.code === '23505' &&
    (constraint === undefined || error.constraint === constraint)
  )
}

/** An error of a driver as a SqlError, or undefined where the database itself did not refuse anything. */
export function sqlErrorOf(error: unknown): SqlError | undefined {
  if (error instanceof SqlError) return error
  if (!(error instanceof Error)) return undefined
  const fields = error as Error & Partial<SqlErrorFields> & { severity?: unknown }
  if (fields.severity === undefined || !/^[0-9A-Z]{5}$/.test(fields.code ?? '')) return undefined
  return new SqlError(error.message, fields as SqlErrorFields, { cause: error })
}

export function leaseExpired(idleMs: number): QuorumError {
  return new QuorumError('CONFLICT', {
    reason: `The transaction ran no statement for ${idleMs / 1000} s and was rolled back. Keep slow work outside transactions and run it again.`,
  })
}
