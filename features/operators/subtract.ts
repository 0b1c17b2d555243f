import { elementwise } from './elementwise.ts'

export const subtract = elementwise('Sub', 2, (a, b) => a - b, 'First column less the second.')
