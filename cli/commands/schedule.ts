/** `quorum schedule`: when models are retrained. */
import type { Command } from 'commander'
import { openSession, withPlatform, type Register } from '../command.ts'
import { integer } from '../numbers.ts'
import { isoMinute, table } from '../output.ts'

export const schedule: Register = (program) => {
  const group = program
    .command('schedule')
    .description('add, list, pause and remove retraining schedules')
  group
    .command('add')
    .description("retrain a model's newest recipe whenever a cron expression says")
    .requiredOption('--model <name>', 'model to retrain')
    .requiredOption('--cron <expression>', 'minute hour day-of-month month day-of-week')
    .option('--time-zone <zone>', 'zone the expression is meant in', 'UTC')
    .option('--no-catch-up', 'let times go that passed while nothing ran')
    .action(
      async (
        options: { model: string; cron: string; timeZone: string; catchUp: boolean },
        command: Command,
      ) => {
        const session = await openSession(command)
        const added = await withPlatform(session, async ({ registry }) => {
          await registry.models.resolve(options.model)
          return registry.schedules.add(options)
        })
        session.output.result(added, () => [
          `schedule ${added.id}: ${added.model} next on ${isoMinute(added.nextDue)} UTC`,
        ])
      },
    )
  group
    .command('list', { isDefault: true })
    .description('all schedules')
    .action(async (_options, command: Command) => {
      const session = await openSession(command)
      const schedules = await withPlatform(session, ({ registry }) => registry.schedules.list())
      session.output.result({ schedules }, () =>
        table(
          ['id', 'model', 'cron', 'zone', 'enabled', 'next (UTC)'],
          schedules.map((one) => [
            one.id,
            one.model,
            one.cron,
            one.timeZone,
            one.enabled ? 'yes' : 'no',
            isoMinute(one.nextDue),
          ]),
        ),
      )
    })
  for (const [name, enabled] of [
    ['pause', false],
    ['resume', true],
  ] as const) {
    group
      .command(`${name} <id>`)
      .description(
        enabled ? 'let a paused schedule work again' : 'keep a schedule without letting it work',
      )
      .action(async (id: string, _options, command: Command) => {
        const session = await openSession(command)
        await withPlatform(session, ({ registry }) =>
          registry.schedules.setEnabled(integer(id), enabled),
        )
        session.output.result({ id: integer(id), enabled }, () => [
          `schedule ${id} ${enabled ? 'resumed' : 'paused'}`,
        ])
      })
  }
  group
    .command('remove <id>')
    .description('remove a schedule')
    .action(async (id: string, _options, command: Command) => {
      const session = await openSession(command)
      await withPlatform(session, ({ registry }) => registry.schedules.remove(integer(id)))
      session.output.result({ removed: integer(id) }, () => [`schedule ${id} removed`])
    })
}
