/**
 * The planted signal: a fixed function of three features that anyone can compute from the bars at their close.
 *
 *   momentum_5         = close / close[5] − 1
 *   reversal_1         = close / close[1] − 1
 *   relative_volume_20 = volume / mean(volume, 20)
 *
 *   raw    = −0.5 tanh(momentum_5 / (σ √5)) − 0.5 tanh(reversal_1 / σ) + 0.7 tanh((relative_volume_20 − 1) / 0.5)
 *   signal = (raw − mean) / deviation
 *
 * σ is the panel's close-to-close volatility a bar. Both price terms push back against the move that raised them, so prices do
 * not run away at any strength, and tanh bounds all three. `mean` and `deviation` come from a pilot simulation of the same
 * strength (`normalise` in pilot.ts), which makes the signal about standard in the panel.
 */
export const plantedFeatures = [
  { name: 'momentum_5', weight: -0.5 },
  { name: 'reversal_1', weight: -0.5 },
  { name: 'relative_volume_20', weight: 0.7 },
] as const

/** Closes and volumes a symbol must have behind it before its signal is anything but 0. */
export const closesNeeded = 6
export const volumesNeeded = 20

const relativeVolumeScale = 0.5

export interface Normalisation {
  readonly mean: number
  readonly deviation: number
}

/**
 * @param closes Newest last, at most `closesNeeded`.
 * @param volumes Newest last, at most `volumesNeeded`.
 * @returns NaN while there are too few.
 */
export function rawSignal(
  closes: readonly number[],
  volumes: readonly number[],
  sigma: number,
): number {
  if (closes.length < closesNeeded || volumes.length < volumesNeeded) return NaN
  const close = closes[closesNeeded - 1]!
  const momentum = close / closes[0]! - 1
  const reversal = close / closes[closesNeeded - 2]! - 1
  let sum = 0
  for (let i = 0; i < volumesNeeded; i++) sum += volumes[i]!
  const relativeVolume = (volumes[volumesNeeded - 1]! * volumesNeeded) / sum
  const [first, second, third] = plantedFeatures
  return (
    first.weight * Math.tanh(momentum / (sigma * Math.sqrt(5))) +
    second.weight * Math.tanh(reversal / sigma) +
    third.weight * Math.tanh((relativeVolume - 1) / relativeVolumeScale)
  )
}
