/** Operators over axes: sums, greatest values, means, softmax and layer normalisation. */
import { invalid } from '../../../core/checks.ts'
import { mapPositions, stridesOf, type Tensor } from '../../graph/tensor.ts'
import { axisOf, type NodeReader, type Operator } from '../graph/operator.ts'

interface Reduction {
  readonly start: number
  readonly take: (sum: number, value: number) => number
  readonly finish?: (sum: number, count: number) => number
}

/** The axes are an attribute or, from opset 13 on for sums alone, the second input; without either all axes. */
const reduce =
  ({ start, take, finish = (sum) => sum }: Reduction): Operator<Tensor> =>
  (node) => {
    const given = node.ints('axes') ?? node.constant(1)
    const keep = node.int('keepdims', 1) === 1
    return (x) => {
      const rank = x.shape.length
      const axes = (given ?? x.shape.map((_, axis) => axis)).map((axis) => axisOf(axis, rank))
      const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
      const strides = stridesOf(kept)
      const data = new Float64Array(kept.reduce((a, b) => a * b, 1)).fill(start)
      mapPositions(x.shape, (axis) => (axes.includes(axis) ? 0 : strides[axis]!)).forEach(
        (at, i) => {
          data[at] = take(data[at]!, x.data[i]!)
        },
      )
      const count = x.data.length / data.length
      const shape = keep ? kept : x.shape.filter((_, axis) => !axes.includes(axis))
      return { shape, data: data.map((sum) => finish(sum, count)) }
    }
  }

/** One row of the last axis after the other. */
function byRows(x: Tensor, compute: (row: Float64Array) => Float64Array): Tensor {
  const width = x.shape.at(-1)!
  const data = new Float64Array(x.data.length)
  for (let from = 0; from < data.length; from += width)
    data.set(compute(x.data.subarray(from, from + width)), from)
  return { shape: x.shape, data }
}

function checkLastAxis(node: NodeReader): void {
  const axis = node.int('axis', -1)
  if (axis !== -1) throw invalid(`the axis of ${node.type}`, '-1', axis)
}

const logSoftmaxRow = (row: Float64Array): Float64Array => {
  const greatest = row.reduce((a, b) => Math.max(a, b), -Infinity)
  const total = row.reduce((sum, value) => sum + Math.exp(value - greatest), 0)
  return row.map((value) => value - greatest - Math.log(total))
}

const softmax: Operator<Tensor> = (node) => {
  checkLastAxis(node)
  return (x) => byRows(x, (row) => logSoftmaxRow(row).map(Math.exp))
}

const logSoftmax: Operator<Tensor> = (node) => {
  checkLastAxis(node)
  return (x) => byRows(x, logSoftmaxRow)
}

/** Outputs: the normalised values, and for each row its mean and 1 / √(variance + epsilon). */
const layerNormalization: Operator<Tensor> = (node) => {
  checkLastAxis(node)
  const epsilon = node.float('epsilon', 1e-5)
  return (x, scale, bias?: Tensor) => {
    const [means, inverses]: [number[], number[]] = [[], []]
    const normalised = byRows(x, (row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length
      const inverse = 1 / Math.sqrt(variance + epsilon)
      means.push(mean)
      inverses.push(inverse)
      return row.map((value, i) => (value - mean) * inverse * scale.data[i]! + (bias?.data[i] ?? 0))
    })
    const shape = x.shape.with(-1, 1)
    return [
      normalised,
      { shape, data: Float64Array.from(means) },
      { shape, data: Float64Array.from(inverses) },
    ]
  }
}

export const reductions: Readonly<Record<string, Operator<Tensor>>> = {
  LayerNormalization: layerNormalization,
  LogSoftmax: logSoftmax,
  ReduceMax: reduce({ start: -Infinity, take: Math.max }),
  ReduceMean: reduce({ start: 0, take: (a, b) => a + b, finish: (sum, count) => sum / count }),
  ReduceSum: reduce({ start: 0, take: (a, b) => a + b }),
  Softmax: softmax,
}
