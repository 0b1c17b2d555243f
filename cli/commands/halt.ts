/** `quorum halt`: no new entries in running sessions, at once. */
import type { Command } from 'commander'
import { cliAuthor, openSession, withPlatform, type Register } from '../command.ts'

export const halt: Register = (program) => {
  program
    .command('halt [session]')
    .description(
      'stop new entries in one running session or in all; --flatten also closes positions, --resume undoes it',
    )
    .option('--flatten', 'also close all positions at the next bar')
    .option('--resume', 'allow new entries again')
    .action(
      async (
        id: string | undefined,
        options: { flatten?: boolean; resume?: boolean },
        command: Command,
      ) => {
        const session = await openSession(command)
        const commands =
          options.resume === true
            ? (['resume'] as const)
            : options.flatten === true
              ? (['halt', 'flatten'] as const)
              : (['halt'] as const)
        const told = await withPlatform(session, async ({ sessions }) => {
          const rows =
            id === undefined
              ? (await sessions.list()).filter((row) => row.state === 'running')
              : [await sessions.get(id)]
          for (const row of rows)
            for (const one of commands) await sessions.command(row.id, one, cliAuthor)
          return rows.map((row) => row.id)
        })
        session.output.result({ sessions: told, commands }, () => [
          `${commands.join(' and ')}: ${told.join(', ') || 'no session is running'}`,
        ])
      },
    )
}
