/** An exported TensorFlow.js graph model, opened as a browser would, from a folder or from memory. */
import type { NamedTensorMap } from '@tensorflow/tfjs-core'
import { loadGraphModel } from '@tensorflow/tfjs-converter'
import type { ModelFiles } from '../../models/kind.ts'
import type { FloatTensor } from '../../models/runtime/predictor.ts'
import { loadBackend } from '../../models/runtime/tfjs/backend.ts'

interface ModelJson {
  readonly format: string
  readonly signature: Record<string, never>
  readonly modelTopology: Record<string, never>
  readonly weightsManifest: {
    paths: string[]
    weights: { name: string; shape: number[]; dtype: 'float32' }[]
  }[]
}

/** The outputs named, on the inputs, computed on the backend `cpu`. */
export async function runGraphModel(
  files: ModelFiles,
  inputs: Readonly<Record<string, FloatTensor>>,
  outputs: readonly string[],
): Promise<Record<string, Float32Array>> {
  const tf = await loadBackend('cpu')
  await tf.setBackend('cpu')
  const json = JSON.parse(new TextDecoder().decode(files['model.json'])) as ModelJson
  const [{ paths, weights }] = json.weightsManifest as [ModelJson['weightsManifest'][0]]
  const model = await loadGraphModel({
    load: () =>
      Promise.resolve({
        ...{ format: json.format, signature: json.signature, modelTopology: json.modelTopology },
        weightSpecs: weights,
        weightData: files[paths[0]!]!.slice().buffer,
      }),
  })
  const fed: NamedTensorMap = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data, [...shape], 'float32'),
    ]),
  )
  try {
    const results = model.execute(fed, [...outputs])
    return Object.fromEntries(
      [results].flat().map((tensor, k) => [outputs[k]!, Float32Array.from(tensor.dataSync())]),
    )
  } finally {
    model.dispose()
    tf.dispose(fed)
  }
}
