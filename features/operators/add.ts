import { elementwise } from './elementwise.ts'

export const add = elementwise('Add', 2, (a, b) => a + b, 'Sum of two columns.')
