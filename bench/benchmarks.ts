/** The table of benchmarks. */
import type { Row } from './measure.ts'
import { path } from './path.ts'

export const benchmarks: Readonly<Record<string, () => Promise<Row[]>>> = { path }
