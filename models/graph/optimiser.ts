/**
 * Optimisers as pairs of pure functions over one flat parameter vector, so that every parameter shares one set of nodes and a training
 * loop carries a handful of tensors.
 */
import type { Value } from './graph.ts'
import { add, div, minimum, mul, pow, reduceSum, sqrt, sub } from './operations/index.ts'

export interface Optimiser {
  /** Initial state by name: zeros of these shapes; an empty shape is a scalar. */
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
  /** Adam adds it times the parameters to the gradient; AdamW takes it times the learning rate off every parameter. */
  readonly weightDecay?: number
}

/** Kingma and Ba, "Adam" (ICLR 2015), algorithm 1; weight decay as part of the gradient. */
export function adam({ weightDecay = 0, ...options }: AdamOptions = {}): Optimiser {
  return adaptive(options, { inGradient: weightDecay, direct: 0 })
}

/** Adam with decoupled weight decay: Loshchilov and Hutter (ICLR 2019), algorithm 2. */
export function adamw({ weightDecay = 0, ...options }: AdamOptions = {}): Optimiser {
  return adaptive(options, { inGradient: 0, direct: weightDecay })
}

function adaptive(
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
  decay: { readonly inGradient: number; readonly direct: number },
): Optimiser {
  return {
    init: (parameters) => ({ m: [parameters], v: [parameters], step: [] }),
    update: ({ parameters, gradient, state, learningRate }) => {
      const full = decayed(gradient, parameters, decay.inGradient)
      const step = add(state['step']!, 1)
      const m = add(mul(state['m']!, beta1), mul(full, 1 - beta1))
      const v = add(mul(state['v']!, beta2), mul(mul(full, full), 1 - beta2))
      const mean = div(m, sub(1, pow(beta1, step)))
      const spread = sqrt(div(v, sub(1, pow(beta2, step))))
      const move = decayed(div(mean, add(spread, epsilon)), parameters, decay.direct)
      return { parameters: sub(parameters, mul(learningRate, move)), state: { m, v, step } }
    },
  }
}

export interface SgdOptions {
  /** Share of the last move that is made again. */
  readonly momentum?: number
  /** Times the parameters, added to the gradient. */
  readonly weightDecay?: number
}

/** Stochastic gradient descent with momentum: v ← momentum v + g, p ← p − rate v (Sutskever et al., ICML 2013, as PyTorch and Keras have it). */
export function sgd({ momentum = 0, weightDecay = 0 }: SgdOptions = {}): Optimiser {
  return {
    init: (parameters) => ({ velocity: [parameters] }),
    update: ({ parameters, gradient, state, learningRate }) => {
      const full = decayed(gradient, parameters, weightDecay)
      const velocity = add(mul(state['velocity']!, momentum), full)
      return { parameters: sub(parameters, mul(learningRate, velocity)), state: { velocity } }
    },
  }
}

/** Scales the gradient down where its Euclidean norm is above `limit`: Pascanu, Mikolov and Bengio, ICML 2013, algorithm 1. */
export function clipped(optimiser: Optimiser, limit: number): Optimiser {
  return {
    init: (parameters) => optimiser.init(parameters),
    update: (step) => {
      const norm = sqrt(reduceSum(mul(step.gradient, step.gradient)))
      const scale = minimum(div(limit, add(norm, 1e-12)), 1)
      return optimiser.update({ ...step, gradient: mul(step.gradient, scale) })
    },
  }
}

/**
 * Keeps `average`, an exponential moving average of the parameters (Polyak and Juditsky 1992 for the mean; the decay grows to `decay` from 0,
 * so that it is the plain mean of the first steps).
 */
export function averaged(optimiser: Optimiser, decay: number): Optimiser {
  return {
    init: (parameters) => ({ ...optimiser.init(parameters), average: [parameters], averaged: [] }),
    update: ({ state, ...step }) => {
      const { average, averaged: count, ...inner } = state as Record<string, Value>
      const next = optimiser.update({ ...step, state: inner })
      const keep = minimum(div(count!, add(count!, 1)), decay)
      const moved = add(average!, mul(sub(1, keep), sub(next.parameters, average!)))
      return {
        parameters: next.parameters,
        state: { ...next.state, average: moved, averaged: add(count!, 1) },
      }
    },
  }
}

function decayed(move: Value, parameters: Value, weightDecay: number): Value {
  return weightDecay === 0 ? move : add(move, mul(parameters, weightDecay))
}
