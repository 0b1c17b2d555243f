/** `quorum config`: every setting, its value and where it came from. */
import type { Command } from 'commander'
import { describeConfig } from '../../core/config/index.ts'
import { openSession, type Register } from '../command.ts'
import { table } from '../output.ts'

export const config: Register = (program) => {
  program
    .command('config')
    .description('show every setting with its value and source; secrets are redacted')
    .action(async (_options, command: Command) => {
      const session = await openSession(command)
      const settings = describeConfig(session)
      session.output.result({ settings }, () =>
        table(
          ['key', 'value', 'source'],
          settings.map(({ key, value, source }) => [key, JSON.stringify(value ?? null), source]),
        ),
      )
    })
}
