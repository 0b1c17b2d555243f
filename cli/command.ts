/** What every subcommand shares: the global options, the configuration, the platform, cancellation and the exit code. */
import { Command } from 'commander'
import { systemClock } from '../core/clock.ts'
import { loadConfig, type Config } from '../core/config/index.ts'
import { createLog, type Log } from '../core/log.ts'
import { openPlatform, type Platform } from '../pipelines/index.ts'
import { createOutput, type Output } from './output.ts'

/** Adds one subcommand to the program. */
export type Register = (program: Command) => void

interface GlobalOptions {
  readonly data?: string
  readonly config?: string
  readonly profile?: string
  readonly json?: boolean
  readonly logLevel?: string
}

export interface Session {
  readonly config: Config
  readonly sources: Readonly<Record<string, string>>
  readonly log: Log
  readonly output: Output
  /** Aborted by Ctrl-C or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal
}

/** Adds the options that every subcommand takes. */
export function withGlobalOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'folder of all state (default ./quorum-data)')
    .option('--config <file>', 'configuration file (default ./quorum.yaml if there is one)')
    .option('--profile <name>', 'development, staging or production')
    .option('--json', 'print one JSON object on stdout and nothing else')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent')
}

export async function openSession(
  command: Command,
  { flags = {}, quiet = true }: { flags?: Record<string, unknown>; quiet?: boolean } = {},
): Promise<Session> {
  const options = command.optsWithGlobals<GlobalOptions>()
  const { config, sources } = await loadConfig({
    flags: {
      ...(options.data === undefined ? {} : { dataDir: options.data }),
      ...(options.logLevel === undefined ? {} : { 'log.level': options.logLevel }),
      ...flags,
    },
    profile: options.profile,
    configFile: options.config,
  })
  // A one-shot command speaks through its output; its log is for trouble only, unless a level is asked for.
  const level = quiet && sources['log.level'] === 'default' ? 'error' : config.log.level
  const abort = new AbortController()
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(130)
    abort.abort(new Error('interrupted'))
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    config,
    sources,
    log: createLog({ level }),
    output: createOutput(options.json === true),
    signal: abort.signal,
  }
}

/** Opens the platform for one piece of work and closes it, whatever happens. */
export async function withPlatform<T>(
  session: Session,
  work: (platform: Platform) => Promise<T>,
  { role = 'auto' }: { role?: 'owner' | 'auto' } = {},
): Promise<T> {
  const platform = await openPlatform(session.config, {
    clock: systemClock,
    log: session.log,
    role,
  })
  try {
    return await work(platform)
  } finally {
    await platform.close()
  }
}

/** A list given as `A,B,C`. */
export function list(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Author of what a command does, for records. */
export const cliAuthor = 'cli'
