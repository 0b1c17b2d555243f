/** Short names for the arithmetic of expressions, so that sets read like the formulae they are. */
import { apply, type Expression } from '../expression/expression.ts'

type Operand = Expression | number

export const plus = (a: Operand, b: Operand): Expression => apply('Add', a, b)
export const minus = (a: Operand, b: Operand): Expression => apply('Sub', a, b)
export const times = (a: Operand, b: Operand): Expression => apply('Mul', a, b)
export const over = (a: Operand, b: Operand): Expression => apply('Div', a, b)
