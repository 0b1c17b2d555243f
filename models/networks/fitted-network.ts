/**
 * A fitted network: `model.onnx`, which holds everything from raw features to label units, and `model.json` with the names of its features
 * and its window. Prediction cuts the windows out of the matrix and runs them in batches.
 */
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical-json.ts'
import { modelFile, readJsonFile } from '../files.ts'
import { checkMatrix } from '../inputs.ts'
import type { FittedModel, ModelFiles } from '../kind.ts'
import { createLifecycle } from '../lifecycle.ts'
import { openOnnxSession } from '../runtime/onnx-session.ts'

const schema = z.strictObject({
  format: z.literal('quorum-network-1'),
  kind: z.string(),
  features: z.array(z.string()),
  window: z.int().min(1),
})

export interface NetworkFiles {
  readonly kind: string
  readonly features: readonly string[]
  readonly window: number
  readonly onnx: Uint8Array
}

/** Windows in one run: a few megabytes of features. */
const batchRows = 512

export async function openNetwork({
  kind,
  features,
  window,
  onnx,
}: NetworkFiles): Promise<FittedModel> {
  const session = await openOnnxSession(onnx)
  const lifecycle = createLifecycle(`the ${kind} model`)
  const width = features.length
  return {
    outputs: ['prediction'],
    window,
    features,
    async predict(matrix, samples) {
      lifecycle.check()
      checkMatrix(matrix, samples, { features, window })
      const prediction = new Float64Array(samples.length)
      for (let from = 0; from < samples.length; from += batchRows) {
        const batch = samples.subarray(from, from + batchRows)
        const data = new Float32Array(batch.length * window * width)
        batch.forEach((sample, i) => {
          data.set(
            matrix.X.subarray((sample - window + 1) * width, (sample + 1) * width),
            i * window * width,
          )
        })
        const out = await session.run({
          features: { type: 'float', data, shape: [batch.length, window, width] },
        })
        prediction.set(out['prediction']!, from)
      }
      return { prediction }
    },
    save: () => ({
      'model.json': new TextEncoder().encode(
        canonicalJson({ format: 'quorum-network-1', kind, features, window }),
      ),
      'model.onnx': onnx.slice(),
    }),
    dispose: async () => {
      if (lifecycle.end()) await session.close()
    },
  }
}

export function readNetwork(files: ModelFiles): NetworkFiles {
  const { kind, features, window } = readJsonFile(files, 'model.json', schema)
  return { kind, features, window, onnx: modelFile(files, 'model.onnx') }
}
