/** Bundled samples are there for whoever names them: a symbol that a sample provides is ingested when it is first asked for. */
import { ingest } from '../../market/index.ts'
import type { Platform } from '../platform.ts'

/** Symbol → the source that ships it with the package. */
const bundled: Readonly<Record<string, string>> = { SPX: 'sp500', AAPL: 'aapl' }

export async function ensureSymbols(
  { bars, log, clock }: Pick<Platform, 'bars' | 'log' | 'clock'>,
  symbols: readonly string[],
): Promise<void> {
  const stored = new Set(await bars.symbols())
  for (const symbol of symbols) {
    const source = bundled[symbol]
    if (stored.has(symbol) || source === undefined) continue
    const report = await ingest({ source, store: bars, log, clock })
    const rows = report.symbols.reduce((sum, one) => sum + one.rowsStored, 0)
    log.info({ symbol, source, rows }, 'bundled sample ingested')
  }
}
