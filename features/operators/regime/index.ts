/** The state of the market. */
import type { Operator } from '../../operator.ts'
import { regime } from './regime.ts'

export const regimeOperators: readonly Operator[] = [regime]
