/**
 * How much work to do in one uninterruptible run, so that it takes about a quarter of a second. Measured durations decide only how often work
 * pauses, never what it computes.
 */
export interface Pace {
  /** Pieces to do next, at least 1. */
  next(remaining: number): number
  /** Runs and measures; the pieces done decide the next size. */
  measure<T>(pieces: number, run: () => Promise<T>): Promise<T>
}

export function createPace({ targetMs = 250, first = 4 } = {}): Pace {
  let size = first
  return {
    next: (remaining) => Math.max(1, Math.min(remaining, size)),
    async measure(pieces, run) {
      const start = performance.now()
      const result = await run()
      const perPiece = (performance.now() - start) / pieces
      // At most four times as much as before: the first runs of a session are not typical.
      size = Math.max(1, Math.min(4 * pieces, Math.floor(targetMs / perPiece)))
      return result
    },
  }
}

/** Always the same number of pieces, for tests that show that it changes nothing. */
export const fixedPace = (pieces: number): Pace => ({
  next: (remaining) => Math.min(remaining, pieces),
  measure: (_, run) => run(),
})
