/** `quorum jobs`: runs, their progress and their end. */
import type { Run, RunState } from '../../registry/index.ts'
import { runStates } from '../../registry/index.ts'
import { Option, type Command } from 'commander'
import { openSession, withPlatform, type Register } from '../command.ts'
import { integer } from '../numbers.ts'
import { isoMinute, table } from '../output.ts'
import { progressLine } from '../progress-line.ts'

export const jobs: Register = (program) => {
  const group = program.command('jobs').description('list, show and cancel runs')
  group
    .command('list', { isDefault: true })
    .description('runs, newest first')
    .addOption(new Option('--state <state>', 'only runs in this state').choices(runStates))
    .option('--limit <n>', 'how many', integer, 20)
    .action(async (options: { state?: RunState; limit: number }, command: Command) => {
      const session = await openSession(command)
      const runs = await withPlatform(session, ({ registry }) => registry.runs.list(options))
      session.output.result({ jobs: runs }, () =>
        table(['id', 'kind', 'model', 'state', 'attempt', 'created', 'progress'], runs.map(row)),
      )
    })
  group
    .command('show <id>')
    .description('one run with its result or error')
    .action(async (id: string, _options, command: Command) => {
      const session = await openSession(command)
      const run = await withPlatform(session, ({ registry }) => registry.runs.get(id))
      session.output.result(run, () => JSON.stringify(run, null, 2).split('\n'))
    })
  group
    .command('cancel <id>')
    .description('cancel a queued or running run')
    .action(async (id: string, _options, command: Command) => {
      const session = await openSession(command)
      const run = await withPlatform(session, ({ registry }) => registry.runs.cancel(id))
      session.output.result(run, () => [run.state === 'cancelled' ? 'cancelled' : 'asked to end'])
    })
}

function row(run: Run): (string | number | null)[] {
  const { progress, error } = run
  const state = progress === null ? '' : progressLine(progress)
  return [
    run.id,
    run.kind,
    run.model,
    run.state,
    run.attempt,
    isoMinute(run.createdAt),
    error?.message ?? state,
  ]
}
