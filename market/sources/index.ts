/** The table of sources. */
import { unknownName } from '../../core/checks.ts'
import { csvSource } from './csv.ts'
import { parquetSource } from './parquet.ts'
import { aaplSource, sp500Source } from './samples.ts'
import { simulateSource } from './simulate.ts'
import type { Source } from './source.ts'

export const sources: readonly Source[] = [
  csvSource,
  parquetSource,
  sp500Source,
  aaplSource,
  simulateSource,
]

/** @throws UNKNOWN_NAME */
export function sourceFor(name: string): Source {
  const source = sources.find((one) => one.name === name)
  if (!source) {
    throw unknownName(
      'source',
      name,
      sources.map((one) => one.name),
    )
  }
  return source
}
