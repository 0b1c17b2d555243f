/** Ingest as a run: bars from a source into the store, its report kept with the run and in the record chain. */
import { z } from 'zod'
import { ingest, type IngestReport } from '../../market/index.ts'
import type { JobContext } from '../jobs/handler.ts'
import type { Platform } from '../platform.ts'

const ingestPayload = z.strictObject({
  source: z.string(),
  options: z.unknown().optional(),
  repair: z.array(z.string()).optional(),
})

export async function runIngest(
  platform: Platform,
  payload: unknown,
  { claim, signal, report }: JobContext,
): Promise<IngestReport> {
  const { source, options, repair } = ingestPayload.parse(payload)
  const { bars, log, clock, records, registry } = platform
  const result = await ingest({
    source,
    options,
    repair,
    store: bars,
    log,
    clock,
    signal,
    onProgress: ({ rows, source: from, symbol }) =>
      report({
        stage: `ingest ${from}`,
        done: rows,
        total: rows,
        unit: 'rows',
        ...(symbol === undefined ? {} : { detail: symbol }),
      }),
  })
  const stored = result.symbols.map(({ symbol, timeframe, rowsStored, rowsRefused }) => ({
    symbol,
    timeframe,
    rowsStored,
    rowsRefused,
  }))
  await records.transaction(async (trx) => {
    await registry.runs.succeed(trx, claim, result)
    await records.append(trx, [
      { kind: 'bars.ingested', body: { source, symbols: stored, run: claim.run.id } },
    ])
  })
  return result
}
