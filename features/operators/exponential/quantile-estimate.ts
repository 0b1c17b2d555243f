/**
 * P² (Jain and Chlamtac 1985): a quantile of all values so far from five of them. Markers stand near the smallest, the
 * level / 2, level, (1 + level) / 2 quantiles and the largest; each value counts the ranks of those above it up by one, and a
 * marker that has fallen a rank or more from where it should be moves by one, to the height of a parabola through its
 * neighbours, or of the line to the next where that would change their order. Deterministic, fifteen numbers.
 *
 * Up to five values the quantile is that of the values, linear between the nearest ranks.
 */
/** A level such as 0.1 is not exact in binary; what lies a whole rank away must count as such. */
const wholeRank = 1 - 1e-9

export interface QuantileEstimate {
  readonly level: number
  count: number
  /** Heights of the markers, their ranks from 1; before five values, those values in order. */
  readonly heights: Float64Array
  readonly ranks: Float64Array
}

export function quantileEstimate(level: number): QuantileEstimate {
  return {
    level,
    count: 0,
    heights: new Float64Array(5),
    ranks: Float64Array.of(1, 2, 3, 4, 5),
  }
}

/** Takes a value. */
export function addToQuantile(state: QuantileEstimate, value: number): void {
  const { level, heights, ranks } = state
  const count = ++state.count
  if (count <= 5) {
    let at = count - 1
    while (at > 0 && heights[at - 1]! > value) {
      heights[at] = heights[at - 1]!
      at--
    }
    heights[at] = value
    return
  }
  if (value < heights[0]!) heights[0] = value
  if (value > heights[4]!) heights[4] = value
  for (let k = 1; k < 5; k++) if (k === 4 || value < heights[k]!) ranks[k]!++
  for (let k = 1; k < 4; k++) {
    const share = k === 1 ? level / 2 : k === 2 ? level : (1 + level) / 2
    const apart = 1 + (count - 1) * share - ranks[k]!
    if (apart >= wholeRank && ranks[k + 1]! - ranks[k]! > 1) moveMarker(state, k, 1)
    else if (apart <= -wholeRank && ranks[k - 1]! - ranks[k]! < -1) moveMarker(state, k, -1)
  }
}

/** The estimate; NaN before there is a value. */
export function quantileSoFar({ level, count, heights }: QuantileEstimate): number {
  if (count > 5) return heights[2]!
  if (count === 0) return NaN
  const place = level * (count - 1)
  const below = Math.floor(place)
  const value = heights[below]!
  return place === below ? value : value + (place - below) * (heights[below + 1]! - value)
}

function moveMarker({ heights, ranks }: QuantileEstimate, k: number, step: 1 | -1): void {
  const rank = ranks[k]!
  const height = heights[k]!
  const above = ranks[k + 1]! - rank
  const below = rank - ranks[k - 1]!
  const rise = (heights[k + 1]! - height) / above
  const fall = (height - heights[k - 1]!) / below
  const parabola =
    height + (step / (above + below)) * ((below + step) * rise + (above - step) * fall)
  const ordered = heights[k - 1]! < parabola && parabola < heights[k + 1]!
  heights[k] = ordered ? parabola : height + (step === 1 ? rise : -fall)
  ranks[k] = rank + step
}
