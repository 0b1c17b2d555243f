import { extremeOperator } from './extreme-family.ts'

export const maximum = extremeOperator('Max', 'Largest of the last window values.')
