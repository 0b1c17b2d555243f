/**
 * Optimisers as pairs of pure functions over one flat parameter vector, so that every parameter shares one set of nodes and a training
 * loop carries a handful of tensors.
 *
 * AdamW: Kingma and Ba, "Adam" (ICLR 2015), algorithm 1, with the decoupled weight decay of Loshchilov and Hutter (ICLR 2019,
 * algorithm 2) and clipping of the gradient by its global norm (Pascanu, Mikolov and Bengio, ICML 2013, algorithm 1).
 */
import type { Value } from './graph.ts'
import { add, div, minimum, mul, pow, reduceSum, sqrt, sub } from './operations/index.ts'

export interface Optimiser {
  /** Initial state by name: zeros of these lengths; an empty shape is a scalar. */
  init(parameters: number): Readonly<Record<string, readonly number[]>>
  update(step: OptimiserStep): {
    readonly parameters: Value
    readonly state: Readonly<Record<string, Value>>
  }
}

export interface OptimiserStep {
  readonly parameters: Value
  readonly gradient: Value
  readonly state: Readonly<Record<string, Value>>
  readonly learningRate: Value
}

export interface AdamOptions {
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
  /** Share of every parameter taken off a step, times the learning rate. */
  readonly weightDecay?: number
  /** Greatest Euclidean norm of the gradient; Infinity leaves it as it is. */
  readonly clipNorm?: number
}

export function adam({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = 0,
  clipNorm = Infinity,
}: AdamOptions = {}): Optimiser {
  return {
    init: (parameters) => ({ m: [parameters], v: [parameters], step: [] }),
    update: ({ parameters, gradient, state, learningRate }) => {
      const clipped = clipNorm < Infinity ? clipByNorm(gradient, clipNorm) : gradient
      const step = add(state['step']!, 1)
      const m = add(mul(state['m']!, beta1), mul(clipped, 1 - beta1))
      const v = add(mul(state['v']!, beta2), mul(mul(clipped, clipped), 1 - beta2))
      const mean = div(m, sub(1, pow(beta1, step)))
      const spread = sqrt(div(v, sub(1, pow(beta2, step))))
      const move = div(mean, add(spread, epsilon))
      const decayed = weightDecay === 0 ? move : add(move, mul(parameters, weightDecay))
      return { parameters: sub(parameters, mul(learningRate, decayed)), state: { m, v, step } }
    },
  }
}

function clipByNorm(gradient: Value, limit: number): Value {
  const norm = sqrt(reduceSum(mul(gradient, gradient)))
  return mul(gradient, minimum(div(limit, add(norm, 1e-12)), 1))
}
