/** What a network can be written as; every form holds the preprocessing too. */
import { modelFile } from '../files.ts'
import type { Export } from '../kind.ts'
import { exportGraphModel } from '../runtime/graph-model/export.ts'

export const networkExports: Readonly<Record<string, Export>> = {
  onnx: (files) => ({ 'model.onnx': modelFile(files, 'model.onnx') }),
  tfjs: (files) => exportGraphModel(modelFile(files, 'model.onnx')),
}
