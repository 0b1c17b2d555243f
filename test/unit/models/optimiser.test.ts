import { describe, expect, it } from 'vitest'
import { Graph, type Value } from '../../../models/graph/graph.ts'
import { interpret } from '../../../models/graph/interpret.ts'
import {
  adam,
  adamw,
  averaged,
  clipped,
  sgd,
  type Optimiser,
} from '../../../models/graph/optimiser.ts'
import type { Tensor } from '../../../models/graph/tensor.ts'

/** Runs the optimiser's graph step by step on gradients given in advance; gives the parameters and the state at the end. */
function run(
  optimiser: Optimiser,
  start: readonly number[],
  grads: readonly (readonly number[])[],
  learningRate: number,
): Record<string, number[]> {
  const graph = new Graph()
  const size = start.length
  const input = (name: string, shape: readonly number[]): Value => graph.input(name, 'float', shape)
  const parameters = input('parameters', [size])
  const gradient = input('gradient', [size])
  const rate = input('rate', [])
  const shapes = Object.entries(optimiser.init(size))
  const state = Object.fromEntries(shapes.map(([name, shape]) => [name, input(name, shape)]))
  const next = optimiser.update({ parameters, gradient, state, learningRate: rate })
  const tensor = (data: readonly number[], shape: readonly number[] = [data.length]): Tensor => ({
    shape,
    data: Float64Array.from(data),
  })
  const names = ['parameters', ...shapes.map(([name]) => name)]
  let held: Record<string, Tensor> = {
    parameters: tensor(start),
    ...Object.fromEntries(
      shapes.map(([name, shape]) => [
        name,
        tensor(new Array<number>(shape[0] ?? 1).fill(0), shape),
      ]),
    ),
  }
  for (const each of grads) {
    const values = [next.parameters, ...shapes.map(([name]) => next.state[name]!)]
    const fed = { ...held, gradient: tensor(each), rate: tensor([learningRate], []) }
    const results = interpret(values, fed)
    held = Object.fromEntries(names.map((name, i) => [name, results[i]!]))
  }
  return Object.fromEntries(Object.entries(held).map(([name, { data }]) => [name, [...data]]))
}

const grads = [
  [1, -2],
  [0.5, 3],
  [-4, 0.1],
]

describe('the optimisers', () => {
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

  const close = (actual: readonly number[], expected: readonly number[], digits = 12): void => {
    expect(actual).toHaveLength(expected.length)
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits))
  }
  const start = [0.3, -0.7]

  it('takes the steps of the published algorithms', () => {
    close(
      run(adamw(), start, grads, 0.1)['parameters']!,
      byHand(0, () => 1),
    )
    close(
      run(adamw({ weightDecay: 0.3 }), start, grads, 0.1)['parameters']!,
      byHand(0.3, () => 1),
    )
    // Without decay the two are one; with it, Adam's is part of the gradient.
    close(
      run(adam(), start, grads, 0.1)['parameters']!,
      byHand(0, () => 1),
    )
    const [first] = grads
    const moved = run(adam({ weightDecay: 0.3 }), start, [first!], 0.1)
    close(moved['m']!, [0.1 * (1 + 0.3 * 0.3), 0.1 * (-2 - 0.3 * 0.7)])
  })

  it('first moves every parameter by the learning rate, whatever the size of its gradient', () => {
    close(run(adam(), [0, 0], [[1e-3, -500]], 0.1)['parameters']!, [-0.1, 0.1], 5)
  })

  it('clips by the norm of the whole gradient and leaves a small one alone', () => {
    const expected = byHand(0, (g) => Math.min(1, 2 / Math.hypot(...g)))
    close(run(clipped(adam(), 2), start, grads, 0.1)['parameters']!, expected, 10)
  })

  it('moves by momentum as gradient descent does', () => {
    // v₁ = g₁, v₂ = 0.9 v₁ + g₂, v₃ = 0.9 v₂ + g₃; p = p₀ − 0.1 (v₁ + v₂ + v₃)
    const expected = [0, 1].map((j) => {
      const [a, b, c] = grads.map((g) => g[j]!) as [number, number, number]
      return start[j]! - 0.1 * (a + (0.9 * a + b) + (0.9 * (0.9 * a + b) + c))
    })
    close(run(sgd({ momentum: 0.9 }), start, grads, 0.1)['parameters']!, expected)
    const [plain] = [run(sgd({ weightDecay: 0.5 }), start, [[0, 0]], 0.1)['parameters']!]
    close(plain, [0.3 * 0.95, -0.7 * 0.95])
  })

  it('averages the parameters: first all steps alike, then with the given decay', () => {
    const paths = [1, 2, 3].map((n) => run(sgd(), start, grads.slice(0, n), 0.1)['parameters']!)
    const mean = [0, 1].map((j) => paths.reduce((sum, p) => sum + p[j]!, 0) / 3)
    const slow = run(averaged(sgd(), 0.99), start, grads, 0.1)
    close(slow['average']!, mean)
    close(slow['parameters']!, paths[2]!)
    const quick = run(averaged(sgd(), 0.25), start, grads, 0.1)
    const expected = [0, 1].map((j) =>
      paths.slice(1).reduce((sum, p) => 0.25 * sum + 0.75 * p[j]!, paths[0]![j]!),
    )
    close(quick['average']!, expected)
  })
})
