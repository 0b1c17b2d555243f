import { averageRanks } from './average-ranks.ts'
import { crossSection } from './cross-section.ts'

export const groupRank = crossSection(
  'GroupRank',
  'Average rank among the symbols of the same group (sector) at the moment as a fraction in (0, 1]; ties share their mean rank.',
  (values) => averageRanks(values).map((rank) => rank / values.length),
  { byGroup: true },
)
