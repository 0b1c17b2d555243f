import { crossSection } from './cross-section.ts'
import { standardScores } from './standard-scores.ts'

export const groupZScore = crossSection(
  'GroupZScore',
  'Deviation from the mean of the symbols of the same group (sector) at the moment in their sample standard deviations; NaN below two or without spread.',
  standardScores,
  { byGroup: true },
)
