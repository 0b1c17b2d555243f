import { averageRanks } from './average-ranks.ts'
import { crossSection } from './cross-section.ts'

export const crossRank = crossSection(
  'CSRank',
  'Average rank among the symbols of the moment as a fraction in (0, 1]; ties share their mean rank.',
  (values) => averageRanks(values).map((rank) => rank / values.length),
)
