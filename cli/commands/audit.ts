/** `quorum audit`: the record chain. */
import type { Command } from 'commander'
import { writeFile } from 'node:fs/promises'
import { exportRecords } from '../../core/records/index.ts'
import { openSession, withPlatform, type Register } from '../command.ts'

export const audit: Register = (program) => {
  const group = program.command('audit').description('check and export the record chain')
  group
    .command('verify')
    .description('check every record; a changed, missing or cut-off one is named and exits 6')
    .action(async (_options, command: Command) => {
      const session = await openSession(command)
      const result = await withPlatform(session, ({ records }) =>
        records.verify({ signal: session.signal }),
      )
      session.output.result(result, () => [`ok: ${result.records} records`])
    })
  group
    .command('export <file>')
    .description('write all records as JSON lines, the head first')
    .action(async (file: string, _options, command: Command) => {
      const session = await openSession(command)
      await withPlatform(session, async ({ database }) => {
        const lines: string[] = []
        for await (const line of exportRecords(database)) lines.push(line)
        await writeFile(file, `${lines.join('\n')}\n`)
        const records = lines.length - 1
        session.output.result({ file, records }, () => [`${records} records written to ${file}`])
      })
    })
}
