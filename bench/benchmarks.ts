/** The table of benchmarks; each measures the rows that are wanted. */
import type { Row } from './measure.ts'
import { features } from './features.ts'
import { path } from './path.ts'
import { training } from './training.ts'
import { trees } from './trees.ts'

export const benchmarks: Readonly<
  Record<string, (wanted: (row: string) => boolean) => Promise<Row[]>>
> = { features, path, training, trees }
