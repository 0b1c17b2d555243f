/** The table of runtimes. A new one is a file and a line here. */
import { openOnnxPredictor } from './onnx-predictor.ts'
import type { InferenceOptions, Predictor, Runtime } from './predictor.ts'
import { openReferencePredictor } from './reference-predictor.ts'
import { openTfjsPredictor } from './tfjs-predictor.ts'

const openers: Readonly<
  Record<Runtime, (model: Uint8Array, options: InferenceOptions) => Promise<Predictor>>
> = {
  onnx: openOnnxPredictor,
  tfjs: openTfjsPredictor,
  reference: openReferencePredictor,
}

/**
 * Opens an inference model (ONNX bytes, float inputs and outputs) in a runtime.
 * @throws INVALID_VALUE for a device or backend that is not there, INTEGRITY for bytes that are no model.
 */
export async function openPredictor(
  model: Uint8Array,
  options: InferenceOptions = {},
): Promise<Predictor> {
  return openers[options.runtime ?? 'onnx'](model, options)
}
