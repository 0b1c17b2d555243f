/** Gradients held to central differences in float64. */
import { interpret } from '../../models/graph/interpret.ts'
import type { Value } from '../../models/graph/graph.ts'
import type { Tensor } from '../../models/graph/tensor.ts'

/**
 * Greatest difference between a gradient and central differences of the loss, relative to 1, over the elements of the inputs that were differentiated (every
 * `stride`-th).
 */
export function gradientError(
  loss: Value,
  at: Readonly<Record<string, Tensor>>,
  gradients: Readonly<Record<string, Tensor>>,
  stride = 1,
): number {
  const step = 1e-6
  let worst = 0
  for (const [name, gradient] of Object.entries(gradients)) {
    const tensor = at[name]!
    for (let j = 0; j < tensor.data.length; j += stride) {
      const [up, down] = [step, -step].map((by) => {
        const data = tensor.data.slice()
        data[j]! += by
        return interpret([loss], { ...at, [name]: { shape: tensor.shape, data } })[0]!.data[0]!
      })
      const numeric = (up! - down!) / (2 * step)
      worst = Math.max(
        worst,
        Math.abs(numeric - gradient.data[j]!) / Math.max(1, Math.abs(numeric)),
      )
    }
  }
  return worst
}
