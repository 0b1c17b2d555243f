import { crossSection, demeaned } from './cross-section.ts'

export const crossDemean = crossSection(
  'CSDemean',
  'Deviation from the mean of the symbols of the moment; GroupDemean takes that of the symbol’s group.',
  demeaned,
)
