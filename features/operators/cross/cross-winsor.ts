import { crossSection } from './cross-section.ts'

export const crossWinsor = crossSection(
  'CSWinsor',
  'Value held between the quantiles level and 1 − level of the values of the moment, linear between the nearest ranks.',
  (values, [level]) => {
    const sorted = values.toSorted()
    const low = quantile(sorted, level!)
    const high = quantile(sorted, 1 - level!)
    return values.map((value) => (value < low ? low : value > high ? high : value))
  },
  { params: [{ name: 'level', integer: false, min: 0, max: 0.4999, default: 0.05 }] },
)

/** Hyndman and Fan's type 7, as NumPy's. */
function quantile(sorted: Float64Array, level: number): number {
  const place = level * (sorted.length - 1)
  const below = Math.floor(place)
  const value = sorted[below]!
  return place === below ? value : value + (place - below) * (sorted[below + 1]! - value)
}
