import { demeaned } from './cross-section.ts'

/** Deviations from the mean in sample standard deviations; NaN below two values or where they are equal. */
export function standardScores(values: Float64Array): Float64Array {
  // Equal values leave rounding, not spread.
  if (values.every((value) => value === values[0])) return values.map(() => NaN)
  const deviations = demeaned(values)
  const squares = deviations.reduce((total, deviation) => total + deviation * deviation, 0)
  const spread = Math.sqrt(squares / (values.length - 1))
  return deviations.map((deviation) => (spread > 0 ? deviation / spread : NaN))
}
