/** ln (a / b) of two prices, NaN where either is not above 0. */
export function logarithmOfRatio(a: number, b: number): number {
  return a > 0 && b > 0 ? Math.log(a / b) : NaN
}
