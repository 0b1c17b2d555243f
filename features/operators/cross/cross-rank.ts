import { crossSection } from './cross-section.ts'

export const crossRank = crossSection(
  'CSRank',
  'Average rank among the symbols of the moment as a fraction in (0, 1]; ties share their mean rank.',
  (values) => {
    const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!)
    const ranks = new Float64Array(values.length)
    let start = 0
    while (start < order.length) {
      let end = start
      while (end < order.length && values[order[end]!] === values[order[start]!]) end++
      const shared = (start + 1 + end) / 2 / values.length
      for (let k = start; k < end; k++) ranks[order[k]!] = shared
      start = end
    }
    return ranks
  },
)
