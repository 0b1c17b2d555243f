/**
 * Solves A x = b for a symmetric positive definite A by Cholesky's factorisation (Golub and Van Loan, "Matrix Computations",
 * 4th ed., algorithm 4.2.1), in float64 and in one fixed order. `A` is row-major, its lower triangle is read and overwritten.
 */
import { invalid } from '../../core/checks.ts'

export function solveCholesky(A: Float64Array, b: Float64Array): Float64Array {
  const n = b.length
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = A[i * n + j]!
      for (let k = 0; k < j; k++) sum -= A[i * n + k]! * A[j * n + k]!
      if (i === j) {
        if (!(sum > 0)) throw invalid('the matrix', 'positive definite', sum, 'Raise alpha.')
        A[i * n + i] = Math.sqrt(sum)
      } else {
        A[i * n + j] = sum / A[j * n + j]!
      }
    }
  }
  const x = Float64Array.from(b)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= A[i * n + k]! * x[k]!
    x[i]! /= A[i * n + i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= A[k * n + i]! * x[k]!
    x[i]! /= A[i * n + i]!
  }
  return x
}
