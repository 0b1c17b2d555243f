import { crossSection } from './cross-section.ts'

export const crossScale = crossSection(
  'CSScale',
  'Value over the sum of the sizes of the values of the moment, so that these sum to 1, as the weights of a portfolio do; NaN where all are 0.',
  (values) => {
    const gross = values.reduce((total, value) => total + Math.abs(value), 0)
    return values.map((value) => (gross > 0 && gross < Infinity ? value / gross : NaN))
  },
)
