import { crossSection, demeaned } from './cross-section.ts'

export const crossZScore = crossSection(
  'CSZScore',
  'Deviation from the mean of the symbols of the moment in their sample standard deviations; NaN below two or without spread.',
  (values) => {
    // Equal values leave rounding, not spread.
    if (values.every((value) => value === values[0])) return values.map(() => NaN)
    const deviations = demeaned(values)
    const squares = deviations.reduce((total, deviation) => total + deviation * deviation, 0)
    const spread = Math.sqrt(squares / (values.length - 1))
    return deviations.map((deviation) => (spread > 0 ? deviation / spread : NaN))
  },
)
