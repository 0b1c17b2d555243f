/** Other programs' forms of a tree model: what is written reads back, ONNX Runtime predicts the same, and what is no such model is refused by name. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { decodeUbjson, encodeUbjson } from '../../../models/trees/interchange/ubjson.ts'
import { documentToJson } from '../../../models/trees/interchange/document.ts'
import { exportOnnx } from '../../../models/trees/interchange/onnx-export.ts'
import { readXgboost } from '../../../models/trees/interchange/xgboost-read.ts'
import {
  exportXgboostJson,
  exportXgboostUbj,
} from '../../../models/trees/interchange/xgboost-write.ts'
import type { GbdtParams } from '../../../models/trees/gbdt-params.ts'
import { fittedGbdt } from '../../../models/trees/fitted-gbdt.ts'
import { writeModel, type GbdtModel } from '../../../models/trees/model.ts'
import { createPredictor } from '../../../models/trees/predictor.ts'
import { learnModel } from '../../support/trees.ts'

const X = Array.from({ length: 300 }, (_, i) => [
  Math.sin(i),
  i % 13 === 0 ? NaN : Math.cos(3 * i),
  i % 6,
])
const signal = X.map(([a, b, c]) => a! + (Number.isNaN(b) ? 2 : b!) - (c === 4 ? 1.5 : 0))
const three = signal.map((value) => (value < -0.5 ? 0 : value < 0.5 ? 1 : 2))
const matrix = { rows: X.length, features: ['f0', 'f1', 'f2'], X: Float32Array.from(X.flat()) }
const rows = Int32Array.from(X, (_, row) => row)
const { features } = matrix

const models: readonly [string, Partial<GbdtParams>, readonly number[]][] = [
  ['squared error', {}, signal],
  ['logistic', { objective: 'binary:logistic' }, signal.map((value) => (value > 0 ? 1 : 0))],
  ['counts', { objective: 'count:poisson' }, signal.map((value) => Math.floor(Math.exp(value)))],
  ['softprob', { objective: 'multi:softprob', num_class: 3 }, three],
  ['softmax', { objective: 'multi:softmax', num_class: 3 }, three],
  ['quantiles', { objective: 'reg:quantileerror', quantile_alpha: [0.1, 0.5, 0.9] }, signal],
]

const learned = (params: Partial<GbdtParams>, y: readonly number[]): Promise<GbdtModel> =>
  learnModel({ X, y, params: { n_estimators: 5, min_child_weight: 2, reg_lambda: 1, ...params } })

describe.each(models)('%s', (_, params, y) => {
  it('reads back what it wrote, as JSON and as UBJSON', async () => {
    const model = await learned(params, y)
    const margins = createPredictor(model).margins(matrix, rows)
    for (const [format, bytes] of [
      ['xgboost-json', exportXgboostJson(writeModel(model))['model.json']!],
      ['xgboost-ubj', exportXgboostUbj(writeModel(model))['model.ubj']!],
    ] as const) {
      const read = readXgboost(bytes, { format, features, source: 'the file' })
      expect(read.trees.map(({ threshold }) => threshold)).toEqual(
        model.trees.map(({ threshold }) => threshold),
      )
      const again = createPredictor(read).margins(matrix, rows)
      again.forEach((margin, i) => expect(margin).toBeCloseTo(margins[i]!, 5))
    }
  })

  it('predicts the same in ONNX Runtime, missing values included', async () => {
    const model = await learned(params, y)
    const bytes = exportOnnx(writeModel(model))['model.onnx']!
    const session = await InferenceSession.create(bytes)
    const answer = await session.run({
      features: new Tensor('float32', matrix.X, [rows.length, 3]),
    })
    const expected = await fittedGbdt(model).predict(matrix, rows)
    for (const [name, values] of Object.entries(expected) as [string, Float64Array][]) {
      const own = answer[name]!.data as Float32Array
      expect(own).toHaveLength(values.length)
      own.forEach((value, i) => expect(value).toBeCloseTo(values[i]!, 5))
    }
    await session.release()
  })
})

describe('categories', () => {
  const params: Partial<GbdtParams> = { categorical_features: ['f2'] }

  it('travel to XGBoost and back, and are refused by name for ONNX', async () => {
    const model = await learned(params, signal)
    expect(model.trees.some(({ categories }) => categories !== undefined)).toBe(true)
    const bytes = exportXgboostJson(writeModel(model))['model.json']!
    const read = readXgboost(bytes, { format: 'xgboost-json', features, source: 'the file' })
    expect(read.categorical).toEqual(['f2'])
    expect(read.trees.map(({ categories }) => categories)).toEqual(
      model.trees.map(({ categories }) => categories),
    )
    expect(() => exportOnnx(writeModel(model))).toThrow(/categories \(f2\).*xgboost-json/)
  })
})

describe('a document', () => {
  it('says of every number what it is', () => {
    const document = {
      floats: Float32Array.of(1, 0.5, 1e30),
      ints: Int32Array.of(-1, 7),
      longs: BigInt64Array.of(3n),
      bytes: Uint8Array.of(0, 1),
      list: [1, 'a', true, null],
    }
    expect(documentToJson(document)).toBe(
      '{"floats":[1.0,0.5,1.0000000150474662e+30],"ints":[-1,7],"longs":[3],"bytes":[0,1],"list":[1,"a",true,null]}',
    )
    expect(decodeUbjson(encodeUbjson(document), 'it')).toEqual(JSON.parse(documentToJson(document)))
  })

  it('that is torn, too deep or no model is refused, whatever byte is missing', async () => {
    const model = await learned({ n_estimators: 1 }, signal)
    const bytes = exportXgboostUbj(writeModel(model))['model.ubj']!
    const read = (some: Uint8Array): unknown =>
      readXgboost(some, { format: 'xgboost-ubj', features, source: 'the file' })
    for (let length = 0; length < bytes.length; length += 37)
      expect(() => read(bytes.subarray(0, length))).toThrow(/^the file: /)
    expect(() => read(new TextEncoder().encode('['.repeat(5_000)))).toThrow(/nested too deeply/)
    expect(() => read(new TextEncoder().encode('[$i#L\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f'))).toThrow(
      /the file: /,
    )
  })

  it('of another booster, objective or width is refused by name', async () => {
    const model = await learned({ n_estimators: 1 }, signal)
    const text = new TextDecoder().decode(exportXgboostJson(writeModel(model))['model.json'])
    const read = (changed: string, names = features): unknown =>
      readXgboost(new TextEncoder().encode(changed), {
        format: 'xgboost-json',
        features: names,
        source: 'the file',
      })
    expect(() => read(text.replace('"gbtree"', '"dart"'))).toThrow(/booster of kind dart/)
    expect(() => read(text.replace('"gbtree"', '"gblinear"'))).toThrow(/booster of kind gblinear/)
    expect(() => read(text.replaceAll('reg:squarederror', 'survival:cox'))).toThrow(
      /objective is survival:cox/,
    )
    expect(() => read(text, ['f0', 'f1'])).toThrow(/3 features \(f0, f1, f2\), the set has 2/)
    expect(() => read(text.replace(/"split_indices":\[\d/, '"split_indices":[9'))).toThrow(
      /feature 9 of 3/,
    )
    expect(() => read(text.replace(/"left_children":\[1/, '"left_children":[0'))).toThrow(
      /reached twice/,
    )
  })
})
