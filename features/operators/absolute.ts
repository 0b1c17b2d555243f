import { elementwise } from './elementwise.ts'

export const absolute = elementwise('Abs', 1, (a) => Math.abs(a), 'Absolute value.')
