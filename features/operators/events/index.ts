/**
 * Events joined to rows: `value` is that of the newest event known at the row, `age` the days since it was known. The join is the
 * feature store's; these say how long an event counts.
 */
import type { Operator } from '../../operator.ts'
import { decay } from './decay.ts'
import { fresh } from './fresh.ts'

export const eventOperators: readonly Operator[] = [decay, fresh]
