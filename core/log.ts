/** JSON logs on stderr. Secrets are redacted by key, whatever the depth a logged object nests them at (three levels). */
import { pino, type Logger } from 'pino'

export type Log = Logger

const secretKeys = ['token', 'password', 'secret', 'apiKey', 'authorization', 'databaseUrl', 'url']

export function createLog({ level = 'info', name = 'quorum' } = {}): Log {
  return pino(
    {
      name,
      level,
      base: { pid: process.pid },
      redact: {
        paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[redacted]',
      },
    },
    pino.destination({ fd: 2, sync: true }),
  )
}

export const silentLog: Log = pino({ level: 'silent' })
