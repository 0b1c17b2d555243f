/** In-sample guard: no result over bars that any artifact in it was trained on, unless it is asked for and marked. */
import { QuorumError } from '../core/errors.ts'

/**
 * Answers whether the judged bars are in-sample for any of the artifacts.
 * @throws IN_SAMPLE (exit 6) where they are and `allowInSample` is not set.
 */
export function checkOutOfSample(
  subject: string,
  firstBar: number,
  labelEnds: readonly number[],
  { allowInSample = false } = {},
): boolean {
  const labelEnd = Math.max(...labelEnds)
  const inSample = firstBar <= labelEnd
  if (inSample && !allowInSample) {
    const iso = (ms: number): string => new Date(ms).toISOString()
    throw new QuorumError('IN_SAMPLE', { subject, first: iso(firstBar), labelEnd: iso(labelEnd) })
  }
  return inSample
}
