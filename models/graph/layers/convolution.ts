/** Causal dilated convolution over time (van den Oord et al., "WaveNet", 2016): a moment sees itself and earlier ones, never later ones. */
import type { Value } from '../graph.ts'
import { concat, mul, slice } from '../operations/index.ts'
import type { Dimension } from '../tensor.ts'
import { dense } from './dense.ts'
import { constantOf } from './recurrence.ts'

/**
 * @param x `[window, batch, channels]`
 * @param weight `[kernel · channels, filters]`; the first block of rows belongs to the moment itself, the next to the one `dilation` earlier
 * @returns `[window, batch, filters]`; before the first moment there are zeros
 */
export function causalConvolution(
  x: Value,
  weight: Value,
  bias: Value,
  { kernel, dilation }: { readonly kernel: number; readonly dilation: number },
): Value {
  const window = x.type.shape[0] as number
  const taps = Array.from({ length: kernel }, (_, tap) =>
    delayed(x, Math.min(tap * dilation, window)),
  )
  return dense(concat(taps, 2), weight, bias)
}

/** The sequence `moments` later, zeros first. */
function delayed(x: Value, moments: number): Value {
  if (moments === 0) return x
  const [window, batch, width] = x.type.shape as [number, Dimension, number]
  // Where the batch is unknown the zeros are made from the sequence itself, which is finite.
  const zeros =
    typeof batch === 'number'
      ? constantOf(x, [moments, batch, width], 0)
      : mul(slice(x, { axis: 0, from: 0, to: moments }), 0)
  if (moments === window) return zeros
  return concat([zeros, slice(x, { axis: 0, from: 0, to: window - moments })], 0)
}
