/**
 * The only list of errors: code → message template, HTTP status, exit code. `docs/reference/errors.md` is written from it
 * (`npm run docs:errors`) and a test holds both equal. A message says what was wrong, with which value, and what to do.
 *
 * Exit codes: 2 usage or configuration, 3 bad data, 4 not found, 5 conflict or busy, 6 refused by a gate, a limit or an
 * integrity check, 1 anything else.
 */
interface ErrorEntry {
  readonly message: string
  readonly status: number
  readonly exit: number
}

const entry = (message: string, status: number, exit: number): ErrorEntry => ({
  message,
  status,
  exit,
})

export const errorTable = {
  // usage and configuration
  INVALID_VALUE: entry('{name} must be {expected}, got {value}. {remedy}', 400, 2),
  CONFIG_UNKNOWN_KEY: entry(
    'Unknown configuration key {key} in {source}. Did you mean {nearest}?',
    400,
    2,
  ),
  CONFIG_UNREADABLE: entry('Cannot read the configuration {path}: {reason}.', 500, 2),
  USAGE: entry('{reason}', 400, 2),
  INVALID_EXPRESSION: entry('{reason}.\n{picture}', 400, 2),
  INVALID_FEATURE_SET: entry('The feature set in {source} cannot be used:\n{reason}', 400, 2),
  PORT_IN_USE: entry(
    'Port {port} on {host} is in use. Stop the other process or choose one with --port.',
    500,
    5,
  ),
  TOKEN_REQUIRED: entry(
    'The server refuses to listen on {host} without a token. Set server.token or bind to 127.0.0.1.',
    500,
    2,
  ),

  // not found
  UNKNOWN_NAME: entry('There is no {kind} {name}. Known: {known}.', 404, 4),
  FILE_NOT_FOUND: entry('There is no file {path}. Check the path.', 404, 4),

  // bad data
  BAD_DATA: entry('{source}: {reason}', 422, 3),
  WRONG_WIDTH: entry(
    'The model takes {expected} features ({names}), got {actual}. Send exactly these, in this order.',
    400,
    3,
  ),
  NOT_FINITE: entry(
    '{name} holds {value} at row {row}. Fill or drop it before the model sees it.',
    400,
    3,
  ),
  NO_ROWS: entry(
    '{source} has no usable row: {reason}. Widen --from/--to or ingest more bars.',
    422,
    3,
  ),

  // conflict or busy
  CONFLICT: entry('{reason}', 409, 5),
  FOLDER_BUSY: entry(
    'The data folder {path} is held by process {pid}, which does not answer. End that process (kill {pid}) and try again.',
    503,
    5,
  ),
  FOLDER_UNWRITABLE: entry(
    'The data folder {path} cannot be written: {reason}. Choose another with --data or change its permissions.',
    500,
    2,
  ),
  DATABASE_UNAVAILABLE: entry(
    'The database {target} does not answer: {reason}. Start it or correct DATABASE_URL.',
    503,
    1,
  ),
  STALE_ATTEMPT: entry(
    'Run {run} is at attempt {current}; attempt {attempt} may write nothing any more.',
    409,
    5,
  ),

  // refused
  IN_SAMPLE: entry(
    '{subject} would be judged on bars it was trained on: the first bar is {first}, the greatest label ends {labelEnd}. Start later or pass --allow-in-sample.',
    422,
    6,
  ),
  INTEGRITY: entry('{subject} fails its integrity check: {reason}.', 500, 6),

  // HTTP
  BODY_NOT_JSON: entry(
    'The body is not JSON: {reason}. Send content-type application/json.',
    400,
    2,
  ),
  BODY_TOO_LARGE: entry(
    'The body is larger than {limitBytes} bytes. Send fewer rows a request.',
    413,
    2,
  ),
  UNAUTHORIZED: entry(
    'A valid bearer token is required. Send authorization: Bearer TOKEN.',
    401,
    6,
  ),
  NOT_READY: entry('{subject} is not ready: {reason}.', 503, 5),
  METHOD_NOT_ALLOWED: entry('{method} is not allowed on {path}. Allowed: {allowed}.', 405, 2),

  // work
  CANCELLED: entry('{what} was cancelled.', 409, 1),
  WORKER_CRASHED: entry('The worker of {task} ended: {reason}. The work was not finished.', 500, 1),
  DIVERGED: entry(
    'Training diverged at step {step}: {reason}. Lower learningRate or check the inputs.',
    422,
    1,
  ),
  UPSTREAM: entry('{service} failed after {attempts} attempts: {reason}.', 502, 1),
  INTERNAL: entry('{reason}', 500, 1),
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorTable
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>

/**
 * The one error class. `details` fill the template and travel to problem+json and `--json` output; `part`, where there is
 * one, names which of several pieces of work it is about and leads the message.
 */
export class QuorumError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails, options?: ErrorOptions) {
    super(render(errorTable[code].message, details), options)
    this.name = 'QuorumError'
    this.code = code
    this.details = details
  }

  get status(): number {
    return errorTable[this.code].status
  }

  get exitCode(): number {
    return errorTable[this.code].exit
  }
}

/** Any thrown value as a QuorumError; a foreign one becomes INTERNAL and is kept as the cause. */
export function asQuorumError(error: unknown): QuorumError {
  if (error instanceof QuorumError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new QuorumError('INTERNAL', { reason }, { cause: error })
}

/** The same error, said of one of several pieces of work: `spx-s2: Training diverged …`. */
export function errorOf(part: string, thrown: unknown): QuorumError {
  const { code, details } = asQuorumError(thrown)
  return new QuorumError(code, { ...details, part }, { cause: thrown })
}

function render(template: string, details: ErrorDetails): string {
  const lead = details['part'] === undefined ? '' : `${String(details['part'])}: `
  const text = template.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? ''))
  return `${lead}${text}`.trim()
}
