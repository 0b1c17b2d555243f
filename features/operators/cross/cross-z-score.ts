import { crossSection } from './cross-section.ts'
import { standardScores } from './standard-scores.ts'

export const crossZScore = crossSection(
  'CSZScore',
  'Deviation from the mean of the symbols of the moment in their sample standard deviations; NaN below two or without spread.',
  standardScores,
)
