/** A tensor has as many numbers as its shape says: runtimes read on behind too few, or leave some out. */
import { check } from '../../core/checks.ts'
import { showShape } from '../graph/tensor.ts'

/** @throws INVALID_VALUE with both numbers. */
export function checkTensor(data: { readonly length: number }, shape: readonly number[]): void {
  const size = shape.reduce((a, b) => a * b, 1)
  check(
    data.length === size,
    `a tensor of shape ${showShape(shape)}`,
    `${size} numbers`,
    data.length,
  )
}
