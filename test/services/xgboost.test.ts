/**
 * Our trees beside XGBoost's (test/services/requirements.txt has the version), over a grid of objectives and parameters: each reads the other's models
 * and predicts the same, both learn the same first tree where bins coincide, lose the same on rows they have not seen, and explain rows alike.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRng } from '../../core/rng.ts'
import type { FeatureMatrix } from '../../features/dataset.ts'
import { shapValues } from '../../models/trees/explain/tree-shap.ts'
import { fittedGbdt } from '../../models/trees/fitted-gbdt.ts'
import { gbdtParams, type GbdtParams } from '../../models/trees/gbdt-params.ts'
import {
  exportXgboostJson,
  exportXgboostUbj,
} from '../../models/trees/interchange/xgboost-write.ts'
import { readXgboost } from '../../models/trees/interchange/xgboost-read.ts'
import { learn } from '../../models/trees/learner.ts'
import { writeModel, type GbdtModel } from '../../models/trees/model.ts'
import { createPredictor } from '../../models/trees/predictor.ts'

interface Case {
  readonly name: string
  /** XGBoost's names and ours are the same; the learner's own defaults are XGBoost's here. */
  readonly params: Partial<GbdtParams>
  readonly label?: (signal: number, draw: number, row: readonly number[]) => number
  /** Of `fine` and `large`, values are many: bins differ, so trees do, and losses by a percent on few rows, by a thousandth on many. */
  readonly data?: 'fine' | 'large'
  readonly categorical?: readonly number[]
  readonly weighted?: true
  readonly grouped?: true
  readonly rounds?: number
  /** The first tree is not the same by design; why is said there. */
  readonly otherTree?: true
}

const chance = (signal: number, draw: number): number =>
  draw < 1 / (1 + Math.exp(-signal)) ? 1 : 0
const three = (signal: number, draw: number): number =>
  signal + 2 * draw - 1 < -0.7 ? 0 : signal + 2 * draw - 1 < 0.7 ? 1 : 2
const count = (signal: number, draw: number): number => Math.floor(3 * draw * Math.exp(signal / 2))

const cases: readonly Case[] = [
  { name: 'squared', params: {} },
  {
    name: 'continuous',
    params: { learning_rate: 0.1 },
    label: (signal, draw) => signal + 6 * (draw - 0.5),
    data: 'fine',
    rounds: 40,
  },
  {
    name: 'large',
    params: { learning_rate: 0.1 },
    label: (signal, draw) => signal + 6 * (draw - 0.5),
    data: 'large',
    rounds: 40,
  },
  { name: 'weighted', params: { reg_lambda: 3, min_child_weight: 20 }, weighted: true },
  { name: 'penalties', params: { reg_alpha: 2, reg_lambda: 0.5, learning_rate: 0.1 } },
  { name: 'step', params: { max_delta_step: 0.2 } },
  { name: 'leafwise', params: { grow_policy: 'lossguide', max_leaves: 11, max_depth: 0 } },
  { name: 'leaves', params: { max_leaves: 9, max_depth: 6 } },
  { name: 'gamma', params: { gamma: 8 } },
  { name: 'base', params: { base_score: 0.25 } },
  { name: 'monotone', params: { monotone_constraints: { f0: 1, f1: -1 } } },
  {
    name: 'interaction',
    params: {
      interaction_constraints: [
        ['f0', 'f1'],
        ['f2', 'f3', 'f4'],
      ],
    },
  },
  { name: 'huber', params: { objective: 'reg:pseudohubererror', huber_slope: 0.7 } },
  { name: 'logistic', params: { objective: 'binary:logistic' }, label: chance },
  {
    name: 'positives',
    params: { objective: 'binary:logistic', scale_pos_weight: 3, max_depth: 3 },
    label: chance,
  },
  { name: 'softprob', params: { objective: 'multi:softprob', num_class: 3 }, label: three },
  { name: 'softmax', params: { objective: 'multi:softmax', num_class: 3 }, label: three },
  { name: 'poisson', params: { objective: 'count:poisson' }, label: count },
  { name: 'absolute', params: { objective: 'reg:absoluteerror' }, otherTree: true },
  {
    name: 'quantiles',
    params: { objective: 'reg:quantileerror', quantile_alpha: [0.1, 0.5, 0.9] },
    otherTree: true,
  },
  {
    name: 'pairwise',
    params: { objective: 'rank:pairwise' },
    label: three,
    grouped: true,
    otherTree: true,
  },
  {
    name: 'ndcg',
    params: { objective: 'rank:ndcg' },
    label: three,
    grouped: true,
    otherTree: true,
  },
  {
    name: 'categories',
    params: { categorical_features: ['f5'] },
    categorical: [5],
    label: (signal, draw, row) =>
      signal + draw + (Number.isNaN(row[5]) ? 1 : [3, -2, 0, 5, 1, -4, 2, 6][row[5]!]!),
  },
  {
    name: 'onehot',
    params: { categorical_features: ['f5'], max_cat_to_onehot: 20 },
    categorical: [5],
    label: (signal, draw, row) => signal + draw + (row[5] === 3 ? 4 : 0),
  },
]

const width = 6
const features = Array.from({ length: width }, (_, k) => `f${k}`)
const sizes = {
  coarse: { train: 4_000, test: 2_000 },
  fine: { train: 4_000, test: 20_000 },
  large: { train: 200_000, test: 100_000 },
}
type DataName = keyof typeof sizes
const xgboostDefaults = {
  learning_rate: 0.3,
  max_depth: 5,
  min_child_weight: 1,
  reg_lambda: 1,
  subsample: 1,
  colsample_bytree: 1,
} as const

interface Data {
  readonly rows: readonly (readonly number[])[]
  readonly signal: readonly number[]
  readonly draw: readonly number[]
}

function makeData(name: DataName): Data {
  const rng = createRng(1).stream(name)
  const continuous = name !== 'coarse'
  const count = sizes[name].train + sizes[name].test
  const rows = Array.from({ length: count }, () =>
    Array.from({ length: width }, (_, k) => {
      if (rng.uniform() < 0.08) return NaN
      if (k === 5) return rng.integer(8)
      const value = rng.normal()
      return continuous ? value : Math.round(value * 6) / 4
    }),
  )
  const known = (value: number | undefined): number => (value === value ? value! : 0.3)
  return {
    rows,
    signal: rows.map(
      ([a, b, c, d, e]) =>
        known(a) - 0.7 * known(b) + Math.sin(2 * known(c)) + 0.6 * known(d) * known(e),
    ),
    draw: rows.map(() => rng.uniform()),
  }
}

const data = {
  coarse: makeData('coarse'),
  fine: makeData('fine'),
  large: makeData('large'),
}
const weight = Float64Array.from({ length: sizes.coarse.train }, (_, i) => 0.25 + (i % 7) / 4)
const group = Int32Array.from({ length: sizes.coarse.train }, (_, i) => Math.floor(i / 20))
const dataOf = ({ data: name }: Case): DataName => name ?? 'coarse'
const sizeOf = (one: Case): { readonly train: number; readonly test: number } => sizes[dataOf(one)]

function labelsOf(one: Case): Float64Array {
  const { rows, signal, draw } = data[dataOf(one)]
  const label = one.label ?? ((value, noise) => value + 2 * (noise - 0.5))
  return Float64Array.from(rows, (row, i) => Math.fround(label(signal[i]!, draw[i]!, row)))
}

function matrixOf(one: Case, part: 'train' | 'test'): FeatureMatrix {
  const { rows } = data[dataOf(one)]
  const { train } = sizeOf(one)
  const own = part === 'train' ? rows.slice(0, train) : rows.slice(train)
  return { rows: own.length, features, X: Float32Array.from(own.flat()) }
}

async function learnCase(one: Case): Promise<GbdtModel> {
  const params = gbdtParams.parse({
    ...xgboostDefaults,
    ...one.params,
    n_estimators: one.rounds ?? 12,
  })
  const { X } = matrixOf(one, 'train')
  const { train } = sizeOf(one)
  const { base, trees } = await learn(
    {
      params,
      features,
      X,
      rows: Int32Array.from({ length: train }, (_, row) => row),
      trainRows: train,
      labels: labelsOf(one).slice(0, train),
      weights: one.weighted ? weight : new Float64Array(train).fill(1),
      groups: one.grouped ? group : new Int32Array(train),
      seed: 1,
      threads: 1,
      margins: undefined,
      identity: one.name,
    },
    { signal: new AbortController().signal, onProgress: () => undefined },
  )
  const { objective, huber_slope, quantile_alpha, scale_pos_weight, max_delta_step, num_class } =
    params
  return {
    format: 'quorum-gbdt-2',
    features,
    categorical: params.categorical_features,
    objective: {
      objective,
      huber_slope,
      quantile_alpha,
      scale_pos_weight,
      max_delta_step,
      num_class,
    },
    base: [...base],
    trees: [...trees],
  }
}

let folder = ''
const ours = new Map<string, GbdtModel>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-xgboost-'))
  const write = (
    name: string,
    values: Uint8Array | Float32Array | Float64Array | Int32Array,
  ): Promise<void> =>
    writeFile(
      join(folder, name),
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    )
  for (const name of ['coarse', 'fine', 'large'] as const) {
    const like: Case = { name, params: {}, ...(name === 'coarse' ? {} : { data: name }) }
    await write(`${name}.train.X`, matrixOf(like, 'train').X)
    await write(`${name}.test.X`, matrixOf(like, 'test').X)
    await write(`${name}.weight`, weight)
    await write(`${name}.group`, group)
  }
  for (const one of cases) {
    const model = await learnCase(one)
    ours.set(one.name, model)
    await write(`${one.name}.y`, labelsOf(one).slice(0, sizeOf(one).train))
    await write(`${one.name}.ours.json`, exportXgboostJson(writeModel(model))['model.json']!)
    await write(`${one.name}.ours.ubj`, exportXgboostUbj(writeModel(model))['model.ubj']!)
  }
  const spec = cases.map((one) => {
    // Its constraints are by name only where the matrix has names; by position they always work.
    const {
      categorical_features: _,
      monotone_constraints,
      interaction_constraints,
      ...params
    } = one.params
    const positions = (names: readonly string[]): number[] =>
      names.map((name) => features.indexOf(name))
    return {
      name: one.name,
      data: dataOf(one),
      features: width,
      categorical: one.categorical ?? [],
      weighted: one.weighted ?? false,
      grouped: one.grouped ?? false,
      rounds: one.rounds ?? 12,
      params: {
        ...xgboostDefaults,
        ...params,
        ...(monotone_constraints && {
          monotone_constraints: `(${features.map((name) => monotone_constraints[name] ?? 0).join(',')})`,
        }),
        ...(interaction_constraints && {
          interaction_constraints: JSON.stringify(interaction_constraints.map(positions)),
        }),
      },
    }
  })
  await writeFile(join(folder, 'spec.json'), JSON.stringify({ cases: spec }))
  const command = process.env['PYTHON'] ?? 'python3'
  await promisify(execFile)(command, [join(import.meta.dirname, 'run_xgboost.py'), folder]).catch(
    (cause: unknown) => {
      throw new Error(
        `${command} failed; install test/services/requirements.txt into it, or set PYTHON.`,
        { cause },
      )
    },
  )
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function answers(name: string): Promise<Float64Array> {
  const bytes = await readFile(join(folder, name))
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8)
}

async function theirs(name: string, format: 'json' | 'ubj'): Promise<GbdtModel> {
  const source = `${name}.xgb.${format}`
  const bytes = await readFile(join(folder, source))
  return readXgboost(bytes, { format: `xgboost-${format}`, features, source })
}

/** 1e-6 · max(1, |margin|): XGBoost adds up float32, we add up float64. */
function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-6,
): void {
  expect(actual).toHaveLength(expected.length)
  let worst = 0
  for (let i = 0; i < actual.length; i++)
    worst = Math.max(
      worst,
      Math.abs(actual[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!)),
    )
  expect(worst).toBeLessThanOrEqual(tolerance)
}

describe.each(cases.map((one) => [one.name, one] as const))('%s', (name, one) => {
  const test = matrixOf(one, 'test')
  const testRows = Int32Array.from({ length: sizeOf(one).test }, (_, row) => row)

  it('written here, loads there and predicts the same, as JSON and as UBJSON', async () => {
    const model = ours.get(name)!
    const margins = createPredictor(model).margins(test, testRows)
    for (const form of ['json', 'ubj'])
      expectClose(await answers(`${name}.ours.${form}.margin`), margins)
    const { prediction, probability, quantiles } = await fittedGbdt(model).predict(test, testRows)
    const expected = probability ?? quantiles ?? prediction
    expectClose(await answers(`${name}.ours.json.prediction`), expected)
  })

  it('written there, loads here and predicts the same, from JSON and from UBJSON', async () => {
    const model = await theirs(name, 'json')
    expect(await theirs(name, 'ubj')).toEqual(model)
    expectClose(createPredictor(model).margins(test, testRows), await answers(`${name}.xgb.margin`))
    const { prediction, probability, quantiles } = await fittedGbdt(model).predict(test, testRows)
    expectClose(probability ?? quantiles ?? prediction, await answers(`${name}.xgb.prediction`))
  })

  it('explains rows the same, and the parts add up to the margin', async () => {
    for (const [who, model] of [
      ['xgb', await theirs(name, 'json')],
      ['ours', ours.get(name)!],
    ] as const) {
      const few = testRows.subarray(0, 300)
      const values = shapValues(model, test, few)
      expectClose(values, (await answers(`${name}.${who}.shap`)).subarray(0, values.length), 1e-5)
      const margins = createPredictor(model).margins(test, few)
      margins.forEach((margin, at) => {
        const own = values.subarray(at * (width + 1), (at + 1) * (width + 1))
        expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(margin, 6)
      })
    }
  })

  it(
    one.data !== undefined || one.otherTree === true
      ? 'learns as well'
      : 'learns the same first tree',
    async () => {
      const model = await theirs(name, 'json')
      const own = ours.get(name)!
      const loss = (predicted: ArrayLike<number>): number => {
        const labels = labelsOf(one).subarray(sizeOf(one).train)
        let sum = 0
        labels.forEach((label, row) => (sum += (predicted[row]! - label) ** 2))
        return Math.sqrt(sum / labels.length)
      }
      const [a, b] = [
        (await fittedGbdt(own).predict(test, testRows)).prediction,
        (await fittedGbdt(model).predict(test, testRows)).prediction,
      ]
      if (one.grouped !== true)
        expect(Math.abs(loss(a) / loss(b) - 1)).toBeLessThan(one.data === 'large' ? 0.001 : 0.01)
      own.base.forEach((margin, k) => expect(margin).toBeCloseTo(model.base[k]!, 5))
      if (one.data !== undefined || one.otherTree === true) return
      const [first, other] = [own.trees[0]!, model.trees[0]!]
      expect(first.feature).toEqual(other.feature)
      // XGBoost keeps the sign of a zero, and has another number above all values.
      const shown = (value: number): number => (value > 8 ? Infinity : value + 0)
      expect(first.threshold.map(shown)).toEqual(other.threshold.map(shown))
      // Where a category or a missing value goes that no row of the node has is nobody's choice: covers and leaves tell whether the sets agree.
      if (one.categorical === undefined) expect(first.missingLeft).toEqual(other.missingLeft)
      first.value.forEach((value, node) => {
        if (first.feature[node]! < 0) expect(value).toBeCloseTo(other.value[node]!, 5)
        expect(Math.abs(first.cover[node]! / other.cover[node]! - 1)).toBeLessThan(1e-4)
      })
    },
  )
})

it.each(['dart', 'gblinear'])('refuses a %s model by name', async (booster) => {
  for (const form of ['json', 'ubj'] as const) {
    const bytes = await readFile(join(folder, `${booster}.${form}`))
    expect(() =>
      readXgboost(bytes, { format: `xgboost-${form}`, features: ['a', 'b'], source: 'M' }),
    ).toThrow(new RegExp(`^M: it is a booster of kind ${booster}`))
  }
})
