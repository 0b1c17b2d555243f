import { elementwise } from './elementwise.ts'

export const multiply = elementwise('Mul', 2, (a, b) => a * b, 'Product of two columns.')
