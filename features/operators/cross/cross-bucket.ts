import { averageRanks } from './average-ranks.ts'
import { crossSection } from './cross-section.ts'

export const crossBucket = crossSection(
  'CSBucket',
  'Which of buckets equal parts of the ranking of the moment a symbol is in, 0 the lowest to buckets − 1: floor(buckets (rank − 0.5) / symbols); equal values share the bucket of their mean rank.',
  (values, [buckets]) =>
    averageRanks(values).map((rank) => Math.floor((buckets! * (rank - 0.5)) / values.length)),
  { params: [{ name: 'buckets', integer: true, min: 2, default: 5 }] },
)
