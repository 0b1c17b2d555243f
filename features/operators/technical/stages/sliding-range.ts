/**
 * Highest high and lowest low of the last `window` rows in three comparisons a row each (van Herk 1992; Gil and Werman 1993):
 * blocks as in `sliding-sum.ts`, with the larger of the end of one block and the beginning of the next.
 *
 * `highs[k]` holds this block's value k for k < at, and for k ≥ at the largest of the last block's values from k on.
 */
export interface SlidingRange {
  readonly window: number
  readonly highs: Float64Array
  readonly lows: Float64Array
  /** Where `larger` and `smaller` choose; holds nothing between rows. */
  readonly pair: Float64Array
  at: number
  headHigh: number
  headLow: number
  /** 0 once a block is complete, NaN before: added to an extreme, it says without a branch that there is none yet. */
  unknown: number
}

export function slidingRange(window: number): SlidingRange {
  return {
    window,
    highs: new Float64Array(window + 1).fill(-Infinity),
    lows: new Float64Array(window + 1).fill(Infinity),
    pair: new Float64Array(2),
    ...{ at: 0, headHigh: -Infinity, headLow: Infinity, unknown: NaN },
  }
}

/**
 * Takes `count` rows of `high` and `low` from row `from` on and writes the extremes of the window that each ends into `highest`
 * and `lowest` from 0 on. A row where one is missing gives NaN and begins anew; so do rows before there are enough.
 */
export function slideRanges(
  state: SlidingRange,
  high: Float64Array,
  low: Float64Array,
  from: number,
  count: number,
  highest: Float64Array,
  lowest: Float64Array,
): void {
  const { window, highs, lows, pair } = state
  let { at, headHigh, headLow, unknown } = state
  let j = 0
  while (j < count) {
    // To the end of the block, of the rows, or to an incomplete one.
    const end = Math.min(count, j + window - at)
    for (; j < end; j++) {
      const top = high[from + j]!
      const bottom = low[from + j]!
      const spread = top - bottom
      if (spread - spread !== 0) break
      highs[at] = top
      lows[at] = bottom
      at++
      headHigh = larger(pair, headHigh, top)
      headLow = smaller(pair, headLow, bottom)
      highest[j] = larger(pair, headHigh, highs[at]!) + unknown
      lowest[j] = smaller(pair, headLow, lows[at]!) + unknown
    }
    const complete = at === window
    if (complete) {
      highest[j - 1] = headHigh
      lowest[j - 1] = headLow
      rangesBackwards(state)
    } else if (j === end) break
    else {
      highest[j] = NaN
      lowest[j] = NaN
      j++
    }
    at = 0
    unknown = complete ? 0 : NaN
    headHigh = -Infinity
    headLow = Infinity
  }
  state.at = at
  state.unknown = unknown
  state.headHigh = headHigh
  state.headLow = headLow
}

/** Turns a block's values into the extremes from each to the end. */
function rangesBackwards({ window, highs, lows, pair }: SlidingRange): void {
  let highest = -Infinity
  let lowest = Infinity
  for (let k = window - 1; k >= 0; k--) {
    highest = larger(pair, highest, highs[k]!)
    lowest = smaller(pair, lowest, lows[k]!)
    highs[k] = highest
    lows[k] = lowest
  }
}

/**
 * Which of two prices is larger is a coin toss, and a branch on it is mispredicted as often: choosing by index costs a third.
 */
function larger(pair: Float64Array, a: number, b: number): number {
  pair[0] = a
  pair[1] = b
  return pair[Number(b > a)]!
}

function smaller(pair: Float64Array, a: number, b: number): number {
  pair[0] = a
  pair[1] = b
  return pair[Number(b < a)]!
}
