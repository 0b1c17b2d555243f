import { crossSection, demeaned } from './cross-section.ts'

export const groupDemean = crossSection(
  'GroupDemean',
  'Deviation from the mean of the symbols of the same group (sector) at the moment.',
  demeaned,
  { byGroup: true },
)
