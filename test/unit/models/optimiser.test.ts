import { describe, expect, it } from 'vitest'
import { Graph } from '../../../models/graph/graph.ts'
import { interpret } from '../../../models/graph/interpret.ts'
import { adam, type AdamOptions } from '../../../models/graph/optimiser.ts'
import type { Tensor } from '../../../models/graph/tensor.ts'

/** Runs the optimiser's graph step by step on gradients given in advance. */
function run(
  options: AdamOptions,
  start: readonly number[],
  grads: readonly (readonly number[])[],
  learningRate: number,
): number[] {
  const graph = new Graph()
  const size = start.length
  const optimiser = adam(options)
  const parameters = graph.input('parameters', 'float', [size])
  const gradient = graph.input('gradient', 'float', [size])
  const rate = graph.input('rate', 'float', [])
  const shapes = Object.entries(optimiser.init(size))
  const state = Object.fromEntries(
    shapes.map(([name, shape]) => [name, graph.input(name, 'float', shape)]),
  )
  const next = optimiser.update({ parameters, gradient, state, learningRate: rate })
  const vector = (data: readonly number[]): Tensor => ({
    shape: [data.length],
    data: Float64Array.from(data),
  })
  const scalar = (value: number): Tensor => ({ shape: [], data: Float64Array.of(value) })
  let held: Record<string, Tensor> = {
    parameters: vector(start),
    m: vector(start.map(() => 0)),
    v: vector(start.map(() => 0)),
    step: scalar(0),
  }
  for (const each of grads) {
    const outputs = [next.parameters, next.state['m']!, next.state['v']!, next.state['step']!]
    const [p, m, v, step] = interpret(outputs, {
      ...held,
      gradient: vector(each),
      rate: scalar(learningRate),
    })
    held = { parameters: p!, m: m!, v: v!, step: step! }
  }
  return [...held['parameters']!.data]
}

const grads = [
  [1, -2],
  [0.5, 3],
  [-4, 0.1],
]

describe('adam', () => {
  // Algorithm 2 of Loshchilov and Hutter, two parameters, written out.
  const byHand = (weightDecay: number, scale: (g: readonly number[]) => number): number[] => {
    const p = [0.3, -0.7]
    const [m, v] = [
      [0, 0],
      [0, 0],
    ]
    grads.forEach((g, i) => {
      const factor = scale(g)
      for (let j = 0; j < 2; j++) {
        m[j] = 0.9 * m[j]! + 0.1 * g[j]! * factor
        v[j] = 0.999 * v[j]! + 0.001 * (g[j]! * factor) ** 2
        const move =
          m[j]! / (1 - 0.9 ** (i + 1)) / (Math.sqrt(v[j]! / (1 - 0.999 ** (i + 1))) + 1e-8)
        p[j] = p[j]! - 0.1 * (move + weightDecay * p[j]!)
      }
    })
    return p
  }

  it('takes the steps of the published algorithm', () => {
    run({}, [0.3, -0.7], grads, 0.1).forEach((value, i) =>
      expect(value).toBeCloseTo(byHand(0, () => 1)[i]!, 12),
    )
    const decayed = run({ weightDecay: 0.3 }, [0.3, -0.7], grads, 0.1)
    decayed.forEach((value, i) => expect(value).toBeCloseTo(byHand(0.3, () => 1)[i]!, 12))
  })

  it('first moves every parameter by the learning rate, whatever the size of its gradient', () => {
    const [a, b] = run({}, [0, 0], [[1e-3, -500]], 0.1)
    expect(a).toBeCloseTo(-0.1, 5)
    expect(b).toBeCloseTo(0.1, 5)
  })

  it('clips by the norm of the whole gradient and leaves a small one alone', () => {
    const clipped = run({ clipNorm: 2 }, [0.3, -0.7], grads, 0.1)
    const expected = byHand(0, (g) => Math.min(1, 2 / Math.hypot(...g)))
    clipped.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 10))
  })
})
