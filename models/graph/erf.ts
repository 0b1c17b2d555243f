/**
 * The error function to double precision: the Taylor series where it converges fast, and the continued fraction of the complement beyond
 * (Abramowitz and Stegun, 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  const size = Math.abs(x)
  if (Number.isNaN(x) || size > 6) return Math.sign(x)
  if (size < 2.5) {
    let term = size
    let sum = size
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * size * size) / (2 * n + 1)
      sum += term
    }
    return (Math.sign(x) * 2 * sum * Math.exp(-size * size)) / Math.sqrt(Math.PI)
  }
  let fraction = 0
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction)
  const complement = Math.exp(-size * size) / ((size + fraction) * Math.sqrt(Math.PI))
  return Math.sign(x) * (1 - complement)
}
