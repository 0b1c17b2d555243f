import { rolling } from './rolling.ts'

export const rank = rolling({
  name: 'Rank',
  doc: 'Average rank of the newest value among the last window values, as a fraction in (0, 1]; NaN where it is missing.',
  over([x], start, end, valid) {
    const newest = x![end - 1]!
    if (newest !== newest) return NaN
    let below = 0
    let equal = 0
    for (let i = start; i < end; i++) {
      if (x![i]! < newest) below++
      else if (x![i] === newest) equal++
    }
    return (below + (equal + 1) / 2) / valid
  },
})
