/** The valid values of a window kept ascending: a row takes one out and puts one in, O(log window) to find both. */
export interface SortedWindow {
  count: number
  readonly sorted: Float64Array
}

export function sortedWindow(window: number): SortedWindow {
  return { count: 0, sorted: new Float64Array(window) }
}

/** Takes `leaving` out and puts `entering` in, each where it is not missing. */
export function slideSorted(state: SortedWindow, leaving: number, entering: number): void {
  const { sorted } = state
  if (leaving === leaving) {
    const at = lowerPlace(state, leaving)
    sorted.copyWithin(at, at + 1, state.count)
    state.count--
  }
  if (entering === entering) {
    const at = lowerPlace(state, entering)
    sorted.copyWithin(at + 1, at, state.count)
    sorted[at] = entering
    state.count++
  }
}

/** First place whose value is not less. */
export function lowerPlace({ count, sorted }: SortedWindow, value: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Linear between the two nearest ranks (Hyndman and Fan's type 7), level in 0 … 1; of at least one value. */
export function quantileOf({ count, sorted }: SortedWindow, level: number): number {
  const place = level * (count - 1)
  const below = Math.floor(place)
  const value = sorted[below]!
  const share = place - below
  return share === 0 ? value : value + share * (sorted[below + 1]! - value)
}

/** Median of the distances from `centre`: the distances below and above it are two sorted lists, merged by bisection. */
export function medianDistance(state: SortedWindow, centre: number): number {
  const { count } = state
  const split = lowerPlace(state, centre)
  const upper = distanceOfRank(state, centre, split, count >> 1)
  if (count % 2 === 1) return upper
  return (distanceOfRank(state, centre, split, (count >> 1) - 1) + upper) / 2
}

/** The distance of rank `rank` (from 0) among those of the values below place `split` and of those from it on. */
function distanceOfRank(
  { count, sorted }: SortedWindow,
  centre: number,
  split: number,
  rank: number,
): number {
  // How many of the nearest rank + 1 values lie below.
  let low = Math.max(0, rank + 1 - (count - split))
  let high = Math.min(split, rank + 1)
  while (low < high) {
    const below = (low + high) >> 1
    const next = centre - sorted[split - 1 - below]!
    const last = sorted[split + rank - below]! - centre
    if (next >= last) high = below
    else low = below + 1
  }
  const below = low > 0 ? centre - sorted[split - low]! : -Infinity
  const above = low <= rank ? sorted[split + rank - low]! - centre : -Infinity
  return Math.max(below, above)
}
