#!/usr/bin/env node
/** The `quorum` command. Exit codes come from the error table; usage errors are 2. */
import { Command, CommanderError } from 'commander'
import { asQuorumError } from '../core/errors.ts'
import { codeVersion } from '../models/index.ts'
import { withGlobalOptions } from './command.ts'
import { commands } from './commands/index.ts'

const program = withGlobalOptions(new Command('quorum'))
  .description(
    'Retrain models on a schedule, serve predictions over HTTP, compare model versions on paper.',
  )
  .version(codeVersion)
  .showSuggestionAfterError()
  .exitOverride()

for (const register of commands) register(program)
for (const command of allCommands(program))
  command.exitOverride().showHelpAfterError('Add --help for the options.')

try {
  await program.parseAsync()
} catch (thrown) {
  if (thrown instanceof CommanderError) {
    process.exitCode = thrown.exitCode === 0 ? 0 : 2
  } else {
    const error = asQuorumError(thrown)
    process.stderr.write(`quorum: ${error.message}\n`)
    if (error.code === 'INTERNAL' && error.cause instanceof Error)
      process.stderr.write(`${error.cause.stack ?? ''}\n`)
    if (process.argv.includes('--json')) {
      const { code, message, details } = error
      process.stdout.write(`${JSON.stringify({ error: { code, message, details } })}\n`)
    }
    process.exitCode = error.exitCode
  }
}

function allCommands(parent: Command): Command[] {
  return parent.commands.flatMap((command) => [command, ...allCommands(command)])
}
