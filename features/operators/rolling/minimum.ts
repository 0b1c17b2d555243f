import { extremeOperator } from './extreme-family.ts'

export const minimum = extremeOperator('Min', 'Smallest of the last window values.')
