/**
 * A fitted network: `model.onnx`, which holds everything from raw features to label units, and `model.json` with the names of its features
 * and its window. Prediction cuts the windows out of the matrix and runs them in batches.
 */
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical-json.ts'
import type { FeatureMatrix } from '../../features/dataset.ts'
import { modelFile, readJsonFile } from '../files.ts'
import { checkMatrix } from '../inputs.ts'
import { modelOutputs, type FittedModel, type ModelFiles, type ModelOutput } from '../kind.ts'
import { createLifecycle } from '../lifecycle.ts'
import { openPredictor } from '../runtime/open-predictor.ts'
import type { InferenceOptions } from '../runtime/predictor.ts'

export const networkFormat = 'quorum-network-2'

const common = {
  kind: z.string(),
  features: z.array(z.string()),
  window: z.int().min(1),
}

const schema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('quorum-network-1'), ...common }),
  z.strictObject({
    format: z.literal(networkFormat),
    ...common,
    outputs: z.array(z.enum(modelOutputs)),
    /** Levels of the output `quantiles`. */
    quantiles: z.array(z.number()),
    /** Hash of the names and shapes of the parameters. */
    layout: z.string(),
  }),
])

export interface NetworkFiles {
  readonly kind: string
  readonly features: readonly string[]
  readonly window: number
  readonly outputs: readonly ModelOutput[]
  /** Levels of the output `quantiles`. */
  readonly quantiles: readonly number[]
  /** Hash of the names and shapes of the parameters; the first form had none. */
  readonly layout?: string
  readonly onnx: Uint8Array
}

/** Windows in one run, and cells of them: a few megabytes of features, of which rank scaling makes 32 times as many. */
const mostRows = 512
const mostCells = 2 ** 20

export async function openNetwork(
  { kind, features, window, outputs, quantiles, layout, onnx }: NetworkFiles,
  options: InferenceOptions = {},
): Promise<FittedModel> {
  const predictor = await openPredictor(onnx, options)
  const lifecycle = createLifecycle(`the ${kind} model`)
  const width = features.length
  const batchRows = Math.max(1, Math.min(mostRows, Math.floor(mostCells / (window * width))))
  const run = async <Name extends string>(
    matrix: FeatureMatrix,
    samples: Int32Array,
    names: readonly Name[],
  ): Promise<Record<Name, Float64Array>> => {
    lifecycle.check()
    checkMatrix(matrix, samples, { features, window })
    const results: Partial<Record<Name, Float64Array>> = {}
    for (let from = 0; from < samples.length; from += batchRows) {
      const batch = samples.subarray(from, from + batchRows)
      const data = new Float32Array(batch.length * window * width)
      batch.forEach((sample, i) => {
        data.set(
          matrix.X.subarray((sample - window + 1) * width, (sample + 1) * width),
          i * window * width,
        )
      })
      const inputs = { features: { data, shape: [batch.length, window, width] } }
      const out = await predictor.run(inputs, names)
      for (const name of names) {
        const columns = out[name]!.length / batch.length
        const all = (results[name] ??= new Float64Array(samples.length * columns))
        all.set(out[name]!, from * columns)
      }
    }
    return Object.fromEntries(
      names.map((name) => [name, results[name] ?? new Float64Array(0)]),
    ) as Record<Name, Float64Array>
  }
  return {
    outputs,
    window,
    features,
    ...(quantiles.length > 0 && { quantiles }),
    predict: (matrix, samples) => run(matrix, samples, outputs),
    ...(predictor.outputs.includes('attention') && {
      attention: async (matrix: FeatureMatrix, samples: Int32Array) =>
        (await run(matrix, samples, ['attention'])).attention,
    }),
    save: () => ({
      'model.json': new TextEncoder().encode(
        canonicalJson({
          format: networkFormat,
          ...{ kind, features, window, outputs, quantiles, layout: layout ?? '' },
        }),
      ),
      'model.onnx': onnx.slice(),
    }),
    dispose: async () => {
      if (lifecycle.end()) await predictor.close()
    },
  }
}

/** @throws INTEGRITY for files of another form, which may be that of a newer version. */
export function readNetwork(files: ModelFiles): NetworkFiles & { readonly format: string } {
  const description = readJsonFile(files, 'model.json', schema)
  return {
    // The first form knew one output.
    ...{ outputs: ['prediction'], quantiles: [] },
    ...description,
    onnx: modelFile(files, 'model.onnx'),
  }
}
