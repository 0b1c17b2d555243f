/** The learning rate of each step, as a factor of the one that was asked for. */
import type { TrainingParams } from '../training-params.ts'

/**
 * `cosine` falls to 0 over all steps (Loshchilov and Hutter, ICLR 2017, without restarts); `one-cycle` rises from 1/25 over the first 30 % and falls to 10⁻⁴ of that
 * (Smith and Topin 2018, cosine arms as in PyTorch's OneCycleLR); `constant` and `plateau` stay at 1: a plateau is seen by the trainer. A warm-up of a share
 * of all steps multiplies any of them by a straight line from 0.
 * @param step from 0
 */
export function rateFactor(
  { schedule, warmup }: Pick<TrainingParams, 'schedule' | 'warmup'>,
  step: number,
  total: number,
): number {
  const warm = Math.round(warmup * total)
  const rising = step < warm ? (step + 1) / (warm + 1) : 1
  return rising * shape(schedule, total > 1 ? step / (total - 1) : 1)
}

function shape(schedule: TrainingParams['schedule'], at: number): number {
  if (schedule === 'cosine') return (1 + Math.cos(Math.PI * at)) / 2
  if (schedule !== 'one-cycle') return 1
  const [start, peak, end] = [1 / 25, 0.3, 1 / 25 / 1e4]
  return at < peak ? between(start, 1, at / peak) : between(1, end, (at - peak) / (1 - peak))
}

/** From `a` to `b` along half a cosine. */
function between(a: number, b: number, share: number): number {
  return b + ((a - b) * (1 + Math.cos(Math.PI * share))) / 2
}
