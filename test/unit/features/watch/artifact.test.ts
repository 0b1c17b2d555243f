import { describe, expect, it } from 'vitest'
import { createRng } from '../../../../core/rng.ts'
import { describeReference } from '../../../../features/watch/index.ts'
import { encodeReference, readReference } from '../../../../models/artifacts/reference.ts'
import type { PlannedFit } from '../../../../pipelines/train/plan.ts'
import { trainingReference } from '../../../../pipelines/train/reference.ts'

const rng = createRng(4)
const X = Float32Array.from({ length: 900 }, () => rng.normal())
X[7] = NaN
const matrix = { rows: 300, features: ['a', 'b', 'c'], X }
const train = Int32Array.from({ length: 200 }, (_, k) => k)
const reference = describeReference(matrix, train, createRng(9), { sampleRows: 50 })

describe('reference of an artifact', () => {
  it('comes back as it was stored, from the same bytes each time', () => {
    const files = encodeReference(reference)
    expect(encodeReference(reference)).toEqual(files)
    expect(readReference(files)).toEqual(reference)
  })

  it('is absent in an artifact without it, and refused where a file was cut off', () => {
    expect(readReference({ 'card.md': new Uint8Array(1) })).toBeUndefined()
    const { 'reference-rows.bin': rows, ...json } = encodeReference(reference)
    expect(() => readReference(json)).toThrow('reference-rows.bin is missing')
    const cut = { ...json, 'reference-rows.bin': rows!.subarray(4) }
    expect(() => readReference(cut)).toThrow('not of one shape')
  })

  it('knows the training rows alone, and nothing of a dataset file', () => {
    const planned = (values: Float32Array, name = 'base'): PlannedFit =>
      ({
        featureSet: { name },
        task: { dataset: { ...matrix, X: values }, train, seed: 3 },
      }) as unknown as PlannedFit
    const later = X.map((x, k) => (k < 600 ? x : 1e9))
    expect(trainingReference(planned(later))).toEqual(trainingReference(planned(X)))
    expect(trainingReference(planned(X))).toMatchObject({ rows: 200, features: ['a', 'b', 'c'] })
    expect(trainingReference(planned(X, 'file'))).toBeUndefined()
  })
})
