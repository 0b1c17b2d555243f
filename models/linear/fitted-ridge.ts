/** A fitted ridge regression: its one file `model.json` (canonical JSON, preprocessing inside) and its prediction. */
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical-json.ts'
import { readJsonFile } from '../files.ts'
import { checkMatrix } from '../inputs.ts'
import type { FittedModel, ModelFiles } from '../kind.ts'
import { createLifecycle } from '../lifecycle.ts'
import { standardiseRow, type Standardiser } from '../preprocessing/standardiser.ts'

const schema = z.strictObject({
  format: z.literal('quorum-ridge-1'),
  features: z.array(z.string()),
  standardiser: z.strictObject({
    mean: z.array(z.number()),
    deviation: z.array(z.number()),
    clip: z.number(),
  }),
  /** On standardised features, in label units. */
  coefficients: z.array(z.number()),
  intercept: z.number(),
})

type RidgeFile = z.infer<typeof schema>
interface Ridge extends Readonly<Pick<RidgeFile, 'coefficients' | 'intercept'>> {
  readonly features: readonly string[]
  readonly standardiser: Standardiser
}

export function ridgeModel({
  features,
  standardiser,
  coefficients,
  intercept,
}: Ridge): FittedModel {
  const lifecycle = createLifecycle('the ridge model')
  const scaled = new Float64Array(features.length)
  return {
    outputs: ['prediction'],
    window: 1,
    features,
    predict: (matrix, samples) =>
      Promise.resolve().then(() => {
        lifecycle.check()
        checkMatrix(matrix, samples, { features, window: 1 })
        const prediction = new Float64Array(samples.length)
        for (let i = 0; i < samples.length; i++) {
          standardiseRow(standardiser, matrix.X, samples[i]!, scaled)
          let sum = intercept
          for (let column = 0; column < scaled.length; column++) {
            sum += coefficients[column]! * scaled[column]!
          }
          prediction[i] = sum
        }
        return { prediction }
      }),
    save: () => {
      const file = {
        format: 'quorum-ridge-1',
        features,
        standardiser: { ...standardiser },
        coefficients,
        intercept,
      }
      return { 'model.json': new TextEncoder().encode(canonicalJson(file)) }
    },
    dispose: () => Promise.resolve().then(() => void lifecycle.end()),
  }
}

export function loadRidge(files: ModelFiles): FittedModel {
  return ridgeModel(readJsonFile(files, 'model.json', schema))
}
