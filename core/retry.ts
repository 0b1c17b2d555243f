/**
 * Retrying a call to another service: exponential backoff with full jitter (M. Brooker, "Exponential Backoff And Jitter",
 * AWS Architecture Blog, 2015: sleep = random(0, min(cap, base · 2^attempt))), which spreads clients that failed together.
 * An error may carry `retryAfterMs`, which is waited for in full.
 */
import { checkInteger, checkNumber } from './checks.ts'
import type { Clock } from './clock.ts'
import { QuorumError } from './errors.ts'
import type { Rng } from './rng.ts'

export interface RetryOptions {
  /** What is called, for messages: `the Alpaca API`. */
  readonly service: string
  readonly clock: Clock
  readonly rng: Rng
  /** Calls in all, the first included. Default 5. */
  readonly attempts?: number
  /** Greatest first pause, doubled with every attempt. Default 200. */
  readonly baseMs?: number
  /** Greatest pause of our own choice. Default 30,000. */
  readonly maxMs?: number
  /** A service that wants a longer pause than this is given up. Default 120,000. */
  readonly maxRetryAfterMs?: number
  /** Whether another call may succeed. Default: `isTransient`. */
  readonly isTransient?: (error: unknown) => boolean
  readonly signal?: AbortSignal | undefined
  /** Hears of every failed call that is followed by another. */
  readonly onRetry?: (retry: { attempt: number; waitMs: number; error: unknown }) => void
}

/**
 * @throws what `call` throws, at once, if it is not transient; UPSTREAM after the last attempt, the last error as its cause;
 * the signal's reason when aborted.
 */
export async function retry<T>(
  call: (attempt: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { service, clock, rng, signal, attempts = 5, baseMs = 200, maxMs = 30_000 } = options
  const { maxRetryAfterMs = 120_000, isTransient: again = isTransient } = options
  checkInteger('attempts', attempts, { min: 1 })
  checkNumber('baseMs', baseMs, { min: 0 })
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await call(attempt)
    } catch (error) {
      signal?.throwIfAborted()
      if (!again(error)) throw error
      const asked = retryAfterMsOf(error) ?? 0
      if (attempt === attempts || asked > maxRetryAfterMs) {
        const hint =
          asked > maxRetryAfterMs ? `, asks for a pause of ${Math.ceil(asked / 1000)} s` : ''
        throw upstream(service, attempt, `${reasonOf(error)}${hint}`, error)
      }
      const ours = rng.uniform() * Math.min(maxMs, baseMs * 2 ** (attempt - 1))
      const waitMs = asked > 0 ? asked + Math.min(ours, baseMs) : ours
      options.onRetry?.({ attempt, waitMs, error })
      await clock.sleep(waitMs, signal)
    }
  }
}

const transientCodes = new Set([
  ...[
    'ECONNRESET',
    'ECONNREFUSED',
    'ECONNABORTED',
    'EPIPE',
    'ETIMEDOUT',
    'EAI_AGAIN',
    'ENETUNREACH',
  ],
  ...['EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_SOCKET'],
])
const transientStatus = new Set([408, 425, 429, 500, 502, 503, 504])

/**
 * Whether an error is of the passing kind: a broken or refused connection, a timeout, or a `status` of 408, 425, 429, 500,
 * 502, 503, 504. Looks through causes, for `fetch` hides the connection's error in one.
 */
export function isTransient(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code, status } = at as { code?: unknown; status?: unknown }
    if (typeof code === 'string' && transientCodes.has(code)) return true
    if (typeof status === 'number') return transientStatus.has(status)
    if (at.name === 'TimeoutError') return true
  }
  return false
}

/** What the service asked for, if the error says. */
export function retryAfterMsOf(error: unknown): number | undefined {
  const value =
    error instanceof Error ? (error as { retryAfterMs?: unknown }).retryAfterMs : undefined
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

/** A `Retry-After` header (RFC 9110, section 10.2.3: seconds or a date) in milliseconds; undefined where it is neither. */
export function parseRetryAfter(
  header: string | null | undefined,
  clock: Clock,
): number | undefined {
  const text = header?.trim()
  if (!text) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.now())
}

export function upstream(
  service: string,
  attempts: number,
  reason: string,
  cause?: unknown,
): QuorumError {
  return new QuorumError('UPSTREAM', { service, attempts, reason }, { cause })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  // fetch says no more than "fetch failed"; its cause does.
  return cause instanceof Error && cause.message
    ? `${error.message}: ${cause.message}`
    : error.message
}
