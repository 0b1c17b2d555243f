/** How often a fit is saved: at most every two seconds, and so that saving takes at most a twentieth of the time. */
const leastIntervalMs = 2_000
const costFactor = 20

export interface CheckpointPace {
  due(): boolean
  /** Saves and measures what it costs; the next one waits accordingly. */
  measure(save: () => Promise<void>): Promise<void>
}

/** @param now milliseconds of a clock that never goes back */
export function checkpointPace(now: () => number): CheckpointPace {
  let next = now() + leastIntervalMs
  return {
    due: () => now() >= next,
    async measure(save) {
      const start = now()
      await save()
      const end = now()
      next = end + Math.max(leastIntervalMs, costFactor * (end - start))
    },
  }
}
