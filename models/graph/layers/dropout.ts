/** Dropout: Srivastava et al., JMLR 15 (2014), inverted: what is kept is scaled up, so that prediction needs no change. */
import type { Value } from '../graph.ts'
import { less, mul, reshape, where } from '../operations/index.ts'
import { fixedShape, sizeOf } from '../tensor.ts'
import { uniforms, type Key } from './uniform.ts'

/** Sets each element to 0 with probability `rate` (resolution 1/4096) and divides the others by 1 − rate. */
export type Dropout = (x: Value, rate: number) => Value

/** For prediction. */
export const noDropout: Dropout = (x) => x

/** @param step integer scalar below 2²⁴: every step drops other elements, every call in a step as well. */
export function createDropout(key: Key, step: Value): Dropout {
  let sites = 0
  return (x, rate) => {
    if (rate === 0) return x
    const shape = fixedShape(x.type.shape)
    const draws = reshape(uniforms(key, step, sites++, sizeOf(shape)), shape)
    return mul(x, where(less(draws, rate), 0, 1 / (1 - rate)))
  }
}
