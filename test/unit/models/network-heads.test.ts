/** Heads and losses: derivative of every network with every head, and known answers. */
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import { gradients } from '../../../models/graph/differentiate.ts'
import { Graph } from '../../../models/graph/graph.ts'
import { interpret } from '../../../models/graph/interpret.ts'
import { createDropout } from '../../../models/graph/layers/dropout.ts'
import type { Tensor } from '../../../models/graph/tensor.ts'
import { modelKinds } from '../../../models/kinds.ts'
import { initialParameters } from '../../../models/networks/architecture.ts'
import {
  calibrated,
  fitIsotonic,
  fitTemperature,
  poolAdjacentViolators,
  probabilitiesOf,
} from '../../../models/networks/heads/calibration.ts'
import type { BatchLayout, HeadFacts } from '../../../models/networks/heads/head.ts'
import { createHeads } from '../../../models/networks/heads/index.ts'
import { gruDefinition } from '../../../models/networks/kinds/gru.ts'
import { lstmDefinition } from '../../../models/networks/kinds/lstm.ts'
import { mlpDefinition } from '../../../models/networks/kinds/mlp.ts'
import { tcnDefinition } from '../../../models/networks/kinds/tcn.ts'
import { transformerDefinition } from '../../../models/networks/kinds/transformer.ts'
import {
  batchLoss,
  networkParameters,
  type Network,
} from '../../../models/networks/network-graphs.ts'
import { trainingParams } from '../../../models/networks/training-params.ts'
import { gradientError } from '../../support/gradient-check.ts'

const facts: HeadFacts = { label: { mean: 0.1, deviation: 2 }, classMeans: [-2, 0.1, 2.5] }
const features = 3

const architectures = {
  mlp: (extra: object) =>
    mlpDefinition.architecture(
      mlpDefinition.params.parse({ window: 2, hidden: 4, ...extra }),
      features,
    ),
  lstm: (extra: object) =>
    lstmDefinition.architecture(
      lstmDefinition.params.parse({ window: 2, hidden: 3, layers: 2, dropout: 0.3, ...extra }),
      features,
    ),
  gru: (extra: object) =>
    gruDefinition.architecture(
      gruDefinition.params.parse({ window: 2, hidden: 3, pooling: 'attention', ...extra }),
      features,
    ),
  transformer: (extra: object) =>
    transformerDefinition.architecture(
      transformerDefinition.params.parse({
        ...{ window: 2, dim: 4, heads: 2, layers: 1, feedForward: 3, positions: 'sinusoidal' },
        ...extra,
      }),
      features,
    ),
  tcn: (extra: object) =>
    tcnDefinition.architecture(
      tcnDefinition.params.parse({ window: 2, channels: 3, kernel: 2, ...extra }),
      features,
    ),
}

const losses = {
  huber: { loss: 'huber', huberDelta: 0.5 },
  mse: { loss: 'mse' },
  ic: { loss: 'ic' },
  binary: { outputs: 'direction', flatBand: 0 },
  ternary: { outputs: 'direction' },
  quantiles: { outputs: 'quantiles' },
  all: { outputs: 'value,direction,quantiles' },
}

const layout: BatchLayout = { dates: 2, slots: 3 }
const rows = 12

/** One batch of a network on numbers drawn for the test: the loss and everything it is a function of. */
function batch(network: Network, chosen: BatchLayout = layout) {
  const rng = createRng(11)
  const graph = new Graph()
  const parameters = networkParameters(network)
  const initial = initialParameters(parameters, rng)
  const places = chosen.dates * chosen.slots
  const flat = graph.input('parameters', 'float', [initial.length])
  const { mean, raw } = batchLoss(graph, network, {
    parameters: flat,
    samples: graph.input('samples', 'int', [places]),
    mask: graph.input('mask', 'float', [places]),
    layout: chosen,
    learning: true,
    dropout: createDropout(
      graph.constant('float', [4], [0.5, 0.25, 0.125, 0.75]),
      graph.constant('float', [], [1]),
    ),
  })
  const vector = (data: ArrayLike<number>, shape: readonly number[] = [data.length]): Tensor => ({
    shape,
    data: Float64Array.from(data),
  })
  const at: Record<string, Tensor> = {
    // Away from zero, so that no head is blind.
    parameters: vector(initial.map((value) => value + 0.3 * rng.normal())),
    samples: vector([3, 5, 7, 2, 4, 9]),
    mask: vector([1, 1, 1, 1, 1, 0]),
    features: vector(
      Array.from({ length: rows * features }, () => rng.normal()),
      [rows, features],
    ),
    target: vector(Array.from({ length: rows }, () => rng.normal())),
    weight: vector(Array.from({ length: rows }, () => 0.5 + rng.uniform())),
  }
  return { flat, mean, raw, at }
}

describe('the gradient of every network with every loss', () => {
  it('covers each network of the table', () => {
    const networks = modelKinds.filter(({ exports }) => exports && 'tfjs' in exports)
    expect(Object.keys(architectures).sort()).toEqual(networks.map(({ name }) => name).sort())
  })

  const pairs = Object.entries(architectures).flatMap(([kind, build]) =>
    // Every loss with one network, every network with all heads.
    Object.entries(losses)
      .filter(([name]) => kind === 'mlp' || name === 'all')
      .map(([name, extra]) => [kind, name, build, extra] as const),
  )
  it.each(pairs)('%s, %s', (_, __, build, extra) => {
    const params = trainingParams.parse(extra)
    const heads = createHeads(params, facts)
    const { flat, mean, at } = batch({ architecture: build({}), heads, features, window: 2 })
    const [gradient] = gradients(mean, [flat])
    const [value] = interpret([gradient!], at)
    expect(gradientError(mean, at, { parameters: value! }, 3)).toBeLessThan(1e-7)
    expect(value!.data.some((one) => Math.abs(one) > 1e-3)).toBe(true)
  })
})

describe('losses', () => {
  const network = (extra: object): Network => ({
    architecture: architectures.mlp({ window: 1, dropout: 0 }),
    heads: createHeads(trainingParams.parse(extra), facts),
    features,
    window: 1,
  })
  const evaluated = (extra: object) => {
    const { mean, raw, at } = batch(network(extra))
    const names = Object.keys(raw)
    const [loss, ...values] = interpret([mean, ...names.map((name) => raw[name]!)], at)
    const used = [0, 1, 2, 3, 4].map((i) => ({
      raw: (name: string): number[] => {
        const { data, shape } = values[names.indexOf(name)]!
        const width = shape[1]!
        return [...data.subarray(i * width, (i + 1) * width)]
      },
      y: at['target']!.data[at['samples']!.data[i]!]!,
      w: at['weight']!.data[at['samples']!.data[i]!]!,
    }))
    return { loss: loss!.data[0]!, used }
  }
  const weighted = (
    used: readonly { readonly w: number }[],
    of: (index: number) => number,
  ): number =>
    used.reduce((sum, { w }, i) => sum + w * of(i), 0) / used.reduce((sum, { w }) => sum + w, 0)

  it('squared error and Huber of the rows that are not masked, by their weights', () => {
    const { loss, used } = evaluated({ loss: 'mse' })
    expect(loss).toBeCloseTo(
      weighted(used, (i) => (used[i]!.raw('value')[0]! - used[i]!.y) ** 2),
      12,
    )
    const huber = evaluated({ loss: 'huber', huberDelta: 0.5 })
    const each = (i: number): number => {
      const e = Math.abs(huber.used[i]!.raw('value')[0]! - huber.used[i]!.y)
      return e < 0.5 ? (e * e) / 2 : 0.5 * (e - 0.25)
    }
    expect(huber.loss).toBeCloseTo(weighted(huber.used, each), 12)
  })

  it('minus the correlation within each date, averaged', () => {
    const { loss, used } = evaluated({ loss: 'ic' })
    const correlation = (own: typeof used): number => {
      const mean = (of: (i: number) => number): number => weighted(own, of)
      const p = own.map((one) => one.raw('value')[0]!)
      const [mp, my] = [mean((i) => p[i]!), mean((i) => own[i]!.y)]
      const both = mean((i) => (p[i]! - mp) * (own[i]!.y - my))
      return both / Math.sqrt(mean((i) => (p[i]! - mp) ** 2) * mean((i) => (own[i]!.y - my) ** 2))
    }
    const expected = (correlation(used.slice(0, 3)) + correlation(used.slice(3))) / 2
    // The floor under the root, which keeps a constant prediction from dividing by 0, moves the seventh digit.
    expect(loss).toBeCloseTo(-expected, 5)
  })

  it('cross-entropy of two and of three classes, the band counted in label deviations from 0', () => {
    // Labels are mean + deviation · target: up is above +band.
    const label = (y: number): number => 0.1 + 2 * y
    const two = evaluated({ outputs: 'direction', flatBand: 0 })
    const logistic = (i: number): number => {
      const [z] = two.used[i]!.raw('direction') as [number]
      const up = label(two.used[i]!.y) > 0
      return Math.log(1 + Math.exp(up ? -z : z))
    }
    expect(two.loss).toBeCloseTo(weighted(two.used, logistic), 12)
    const three = evaluated({ outputs: 'direction', flatBand: 0.25 })
    const softmax = (i: number): number => {
      const z = three.used[i]!.raw('direction')
      const y = label(three.used[i]!.y)
      const own = y > 0.5 ? 2 : y < -0.5 ? 0 : 1
      return Math.log(z.reduce((sum, one) => sum + Math.exp(one), 0)) - z[own]!
    }
    expect(three.loss).toBeCloseTo(weighted(three.used, softmax), 12)
  })

  it('pinball of quantiles that never cross', () => {
    const levels = [0.1, 0.5, 0.8]
    const { loss, used } = evaluated({ outputs: 'quantiles', quantiles: levels })
    const quantilesOf = (raw: number[]): number[] => {
      const [middle, below, above] = raw as [number, number, number]
      const step = (z: number): number => Math.log(1 + Math.exp(z))
      return [middle - step(below), middle, middle + step(above)]
    }
    const pinball = (i: number): number => {
      const q = quantilesOf(used[i]!.raw('quantiles'))
      const each = levels.map((level, k) => {
        const e = used[i]!.y - q[k]!
        return Math.max(level * e, (level - 1) * e)
      })
      return each.reduce((a, b) => a + b) / 3
    }
    expect(loss).toBeCloseTo(weighted(used, pinball), 12)
  })
})

describe('the prediction of quantiles', () => {
  const predictionOf = (levels: readonly number[]): number => {
    const head = createHeads(trainingParams.parse({ outputs: 'quantiles', quantiles: levels }), {
      ...facts,
      label: { mean: 0, deviation: 1 },
    })[0]!
    const graph = new Graph()
    const raw = graph.input('raw', 'float', [1, levels.length])
    const { prediction } = head.outputs(raw, {})
    // A centre of 2 and steps of log(1 + e⁰) = 0.693 on either side.
    const data = Float64Array.from(levels, (_, i) => (i === 0 ? 2 : 0))
    return interpret([prediction], { raw: { shape: [1, levels.length], data } })[0]!.data[0]!
  }

  it('is the median, between two levels where none is 0.5', () => {
    expect(predictionOf([0.1, 0.5, 0.9])).toBeCloseTo(2, 12)
    for (const levels of [
      [0.05, 0.95],
      [0.1, 0.9],
      [0.2, 0.8],
    ])
      expect(predictionOf(levels)).toBeCloseTo(2 + Math.LN2 / 2, 9)
    expect(predictionOf([0.4, 0.8])).toBeCloseTo(2 + Math.LN2 / 4, 12)
    expect(() => predictionOf([0.6, 0.9])).toThrow(/both sides of 0.5/)
    expect(() => predictionOf([0.1, 0.4])).toThrow(/both sides of 0.5/)
  })
})

describe('calibration', () => {
  const rng = createRng(3)
  const count = 4_000
  /** Logits three times as large as they should be. */
  const raw = Float64Array.from({ length: count }, () => 3 * rng.normal())
  const classes = Int8Array.from(raw, (z) => (rng.uniform() < 1 / (1 + Math.exp(-z / 3)) ? 2 : 0))
  const rows = { raw, width: 1, classes, weight: new Float64Array(count).fill(1) }

  it('finds the temperature of overconfident logits', () => {
    expect(fitTemperature(rows)).toBeGreaterThan(2.6)
    expect(fitTemperature(rows)).toBeLessThan(3.4)
  })

  it('maps each probability to its frequency', () => {
    const [down, flat, up] = fitIsotonic(rows)
    expect(flat).toEqual({ x: [0], y: [0] })
    for (const map of [down!, up!]) {
      expect(map.y).toEqual(map.y.toSorted((a, b) => a - b))
      expect(map.x).toEqual(map.x.toSorted((a, b) => a - b))
    }
    const value = (x: number): number => {
      const k = up!.x.findIndex((at) => at >= x)
      return up!.y[Math.max(0, k)]!
    }
    // A logit of 3 says 0.95 and means 0.73.
    expect(probabilitiesOf({ ...rows, raw: Float64Array.of(3) }, 0, 1)[2]).toBeCloseTo(0.95, 2)
    expect(value(0.9526)).toBeGreaterThan(0.63)
    expect(value(0.9526)).toBeLessThan(0.83)
  })

  it('keeps every row a distribution, whatever a map says', () => {
    const graph = new Graph()
    const probability = graph.input('p', 'float', [2, 3])
    const zero = { x: [0, 0.5], y: [0, 0] }
    const maps = [zero, zero, { x: [0, 0.4, 1], y: [0, 0, 0.8] }]
    const [out] = interpret([calibrated(probability, { temperature: 1, maps })], {
      p: { shape: [2, 3], data: Float64Array.of(0.3, 0.6, 0.1, 0.1, 0.1, 0.8) },
    })
    const rows = [out!.data.subarray(0, 3), out!.data.subarray(3)]
    for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    // Nothing mapped: as it was. Something mapped: that, and a thousandth of what it was.
    expect([...rows[0]!]).toEqual([0.3, 0.6, 0.1].map((p) => expect.closeTo(p, 9) as number))
    expect(rows[1]![2]).toBeGreaterThan(0.99)
    expect(rows[1]![0]).toBeGreaterThan(0)
  })

  it('pools adjacent violators, by weight', () => {
    const points = [
      { x: 1, y: 1, weight: 1 },
      { x: 2, y: 3, weight: 1 },
      { x: 3, y: 2, weight: 3 },
      { x: 4, y: 5, weight: 1 },
      { x: 5, y: 0, weight: 0 },
    ]
    expect(poolAdjacentViolators(points)).toEqual({ x: [1, 2.75, 4], y: [1, 2.25, 5] })
  })
})
