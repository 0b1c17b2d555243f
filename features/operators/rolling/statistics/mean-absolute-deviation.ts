import { rolling } from '../rolling.ts'

/** qlib's Mad. Two passes over the window: there is no update of it in constant time. */
export const meanAbsoluteDeviation = rolling({
  name: 'Mad',
  doc: 'Mean absolute deviation of the last window values from their mean, in units of x (qlib Mad); MedAD is the median of distances from the median.',
  over([x], start, end, valid) {
    let first = NaN
    let total = 0
    for (let i = start; i < end; i++) {
      if (x![i] !== x![i]) continue
      if (first !== first) first = x![i]!
      total += x![i]! - first
    }
    const mean = first + total / valid
    let distance = 0
    for (let i = start; i < end; i++) if (x![i] === x![i]) distance += Math.abs(x![i]! - mean)
    return distance / valid
  },
})
