/** `quorum ingest`: bars from a source into the store, with a report of everything found. */
import type { Command } from 'commander'
import type { IngestReport } from '../../market/index.ts'
import { sources } from '../../market/index.ts'
import { runInline } from '../../pipelines/index.ts'
import { list, openSession, withPlatform, type Register } from '../command.ts'
import { assignment } from '../numbers.ts'
import { isoMinute, table } from '../output.ts'

export const ingest: Register = (program) => {
  program
    .command('ingest <source> [files...]')
    .description(
      `read bars from a source: ${sources.map(({ name, doc }) => `${name} (${doc})`).join('; ')}`,
    )
    .option(
      '--set <name=value>',
      "one of the source's own options, JSON or text; may be repeated",
      assignment,
      {},
    )
    .option(
      '--repair <kinds>',
      'repairs to make, comma-separated; without it nothing is changed, only reported',
      list,
    )
    .action(
      async (
        source: string,
        files: string[],
        options: { set: Record<string, unknown>; repair?: string[] },
        command: Command,
      ) => {
        const session = await openSession(command)
        const sourceOptions = files.length > 0 ? { ...options.set, files } : options.set
        const payload = {
          source,
          options: sourceOptions,
          ...(options.repair === undefined ? {} : { repair: options.repair }),
        }
        const report = await withPlatform(session, (platform) =>
          runInline(platform, 'ingest', payload, {
            signal: session.signal,
            onProgress: (progress) => session.output.progress(progress),
          }),
        )
        const { symbols, failed } = report as IngestReport
        session.output.result(report, () => [
          ...table(
            ['symbol', 'timeframe', 'read', 'stored', 'refused', 'from', 'to'],
            symbols.map((one) => [
              one.symbol,
              one.timeframe,
              one.rowsRead,
              one.rowsStored,
              one.rowsRefused,
              isoMinute(one.from),
              isoMinute(one.to),
            ]),
          ),
          ...symbols.flatMap((one) =>
            one.findings.map((finding) => `${one.symbol}: ${finding.kind} × ${finding.count}`),
          ),
          ...failed.map((one) => `failed: ${one.source}: ${one.message}`),
        ])
      },
    )
}
