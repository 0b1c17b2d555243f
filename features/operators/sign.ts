import { elementwise } from './elementwise.ts'

export const sign = elementwise('Sign', 1, (a) => Math.sign(a), 'Sign of the value: −1, 0 or 1.')
