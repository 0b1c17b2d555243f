/** Parameters by their usual first values. */
import type { Rng } from '../../core/rng.ts'
import { sizeOf } from '../graph/tensor.ts'
import type { Parameter, ParameterValues } from './architecture.ts'
import type { Value } from '../graph/graph.ts'

/** Uniform in ± bound. */
export function uniform(name: string, shape: readonly number[], bound: number): Parameter {
  return {
    name,
    shape,
    initial: (rng: Rng) =>
      Float64Array.from({ length: sizeOf(shape) }, () => (2 * rng.uniform() - 1) * bound),
  }
}

export function constant(name: string, shape: readonly number[], value: number): Parameter {
  return { name, shape, initial: () => new Float64Array(sizeOf(shape)).fill(value) }
}

/**
 * Weight `NAME` `[inputs, outputs]`, uniform in ± √(6 gain / (inputs + outputs)) (Glorot and Bengio, AISTATS 2010, equation 16), and
 * bias `NAMEBias` of zeros. A gain of 2 suits rectifiers (He et al., ICCV 2015).
 */
export function denseParameters(
  name: string,
  inputs: number,
  outputs: number,
  { gain = 1 } = {},
): Parameter[] {
  return [
    uniform(name, [inputs, outputs], Math.sqrt((6 * gain) / (inputs + outputs))),
    constant(`${name}Bias`, [outputs], 0),
  ]
}

/** Gain `NAME` of ones and bias `NAMEBias` of zeros. */
export function normParameters(name: string, width: number): Parameter[] {
  return [constant(name, [width], 1), constant(`${name}Bias`, [width], 0)]
}

/** The two of the functions above. */
export function pair(values: ParameterValues, name: string): [Value, Value] {
  return [values[name]!, values[`${name}Bias`]!]
}
