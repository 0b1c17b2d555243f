/**
 * How long exponential means in a row remember their start. After n rows of m means with weight α the start weighs about
 * P(Poisson(n α) < m); these are the n α at which that falls below 0.1 %.
 */
const memories = [6.908, 9.233, 11.229, 13.062, 14.794, 16.455]

/** Rows until the start of `stages` exponential means in a row (at most six) weighs less than 0.1 %. */
export function settlingRows(alpha: number, stages: number): number {
  return Math.ceil(memories[stages - 1]! / alpha)
}
