/** A model as plain operations: recurrent layers unrolled, everything that depends on constants alone computed. */
import { decodeModel } from '../../graph/onnx-decode.ts'
import type { OnnxGraph } from '../../graph/onnx-protobuf.ts'
import { foldConstants } from './fold-constants.ts'
import { unrollRecurrence } from './unroll-recurrence.ts'
import { valueShapes } from './value-shapes.ts'

/** @throws INTEGRITY for bytes that are no model, or an operator that is not known. */
export function primitiveGraph(model: Uint8Array): OnnxGraph {
  const graph = decodeModel(model)
  const shapes = valueShapes(graph)
  return foldConstants(unrollRecurrence(graph, (name) => shapes.get(name)![0]!))
}
