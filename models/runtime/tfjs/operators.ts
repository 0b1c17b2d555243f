/**
 * ONNX operators as functional operations of TensorFlow.js: what any of its backends can run, without the layers package. LSTM and GRU are
 * unrolled before (`graph/unroll-recurrence.ts`).
 */
import type * as tfjs from '@tensorflow/tfjs-core'
import { invalid } from '../../../core/checks.ts'
import { broadcastShapes } from '../../graph/tensor.ts'
import {
  axisOf,
  requiredConstant,
  reshapeTarget,
  type NodeReader,
  type Operator,
} from '../graph/operator.ts'
import type { Tfjs } from './backend.ts'

type Tensor = tfjs.Tensor
type Table = Readonly<Record<string, Operator<Tensor>>>

export function tfjsOperators(tf: Tfjs): Table {
  return { ...elementwise(tf), ...shapes(tf), ...reductions(tf), ...products(tf) }
}

function elementwise(tf: Tfjs): Table {
  const single =
    (compute: (x: Tensor) => Tensor): Operator<Tensor> =>
    () =>
      compute
  const pair =
    (compute: (a: Tensor, b: Tensor) => Tensor): Operator<Tensor> =>
    () =>
      compute
  return {
    Abs: single((x) => tf.abs(x)),
    Add: pair((a, b) => tf.add(a, b)),
    And: pair((a, b) => tf.logicalAnd(a, b)),
    Cast: (node) => {
      const to = node.int('to', 1)
      if (to !== 1) throw invalid('the target of Cast', '1, float', to)
      return (x) => tf.cast(x, 'float32')
    },
    Clip: (node) => {
      const [low = -Infinity] = node.constant(1) ?? []
      const [high = Infinity] = node.constant(2) ?? []
      return (x) => tf.clipByValue(x, low, high)
    },
    Div: pair((a, b) => tf.div(a, b)),
    Equal: pair((a, b) => tf.equal(a, b)),
    Erf: single((x) => tf.erf(x)),
    Exp: single((x) => tf.exp(x)),
    Floor: single((x) => tf.floor(x)),
    Greater: pair((a, b) => tf.greater(a, b)),
    GreaterOrEqual: pair((a, b) => tf.greaterEqual(a, b)),
    Identity: single((x) => tf.clone(x)),
    IsNaN: single((x) => tf.isNaN(x)),
    Less: pair((a, b) => tf.less(a, b)),
    Log: single((x) => tf.log(x)),
    Max: pair((a, b) => tf.maximum(a, b)),
    Min: pair((a, b) => tf.minimum(a, b)),
    Mul: pair((a, b) => tf.mul(a, b)),
    Neg: single((x) => tf.neg(x)),
    Not: single((x) => tf.logicalNot(x)),
    Pow: pair((a, b) => tf.pow(a, b)),
    Relu: single((x) => tf.relu(x)),
    Sigmoid: single((x) => tf.sigmoid(x)),
    Sign: single((x) => tf.sign(x)),
    Softplus: single((x) => tf.softplus(x)),
    Sqrt: single((x) => tf.sqrt(x)),
    Sub: pair((a, b) => tf.sub(a, b)),
    Tanh: single((x) => tf.tanh(x)),
    Where: () => (condition, yes, no) => tf.where(condition, yes, no),
  }
}

function shapes(tf: Tfjs): Table {
  return {
    Concat: (node) => {
      const axis = node.int('axis', 0)
      return (...parts) => tf.concat([...parts], axisOf(axis, parts[0]!.rank))
    },
    Expand: (node) => {
      const shape = requiredConstant(node, 1)
      return (x) => tf.broadcastTo(x, [...(broadcastShapes(x.shape, shape) as number[])])
    },
    Gather: (node) => {
      const axis = node.int('axis', 0)
      return (table, indices) => tf.gather(table, indices, axisOf(axis, table.rank))
    },
    Pad: (node) => {
      const pads = requiredConstant(node, 1)
      const [fill = 0] = node.constant(2) ?? []
      const mode = node.text('mode', 'constant')
      if (mode !== 'constant') throw invalid('the mode of Pad', 'constant', mode)
      return (x) =>
        tf.pad(
          x,
          x.shape.map((_, axis): [number, number] => [pads[axis]!, pads[x.rank + axis]!]),
          fill,
        )
    },
    Reshape: (node) => {
      const wanted = [...reshapeTarget(node)]
      return (x) => tf.reshape(x, wanted)
    },
    Slice: (node) => {
      const starts = requiredConstant(node, 1)
      const ends = requiredConstant(node, 2)
      const axes = node.constant(3) ?? starts.map((_, axis) => axis)
      if (node.constant(4)?.some((step) => step !== 1) === true)
        throw invalid('the steps of Slice', 'all 1', node.constant(4))
      return (x) => {
        const from = x.shape.map(() => 0)
        const size = [...x.shape]
        axes.forEach((given, i) => {
          const axis = axisOf(given, x.rank)
          const length = x.shape[axis]!
          const bound = (value: number): number =>
            Math.max(0, Math.min(length, value < 0 ? value + length : value))
          from[axis] = bound(starts[i]!)
          size[axis] = Math.max(0, bound(ends[i]!) - from[axis])
        })
        return tf.slice(x, from, size)
      }
    },
    Split: (node) => {
      const lengths = requiredConstant(node, 1)
      const axis = node.int('axis', 0)
      return (x) => tf.split(x, [...lengths], axisOf(axis, x.rank))
    },
    Squeeze: (node) => {
      const axes = requiredConstant(node, 1)
      return (x) =>
        tf.squeeze(
          x,
          axes.map((axis) => axisOf(axis, x.rank)),
        )
    },
    Transpose: (node) => {
      const order = node.ints('perm')
      return (x) => tf.transpose(x, order && [...order])
    },
    Unsqueeze: (node) => {
      const given = requiredConstant(node, 1)
      return (x) => {
        const rank = x.rank + given.length
        const axes = given.map((axis) => axisOf(axis, rank)).sort((a, b) => a - b)
        return axes.reduce((value, axis) => tf.expandDims(value, axis), x)
      }
    },
  }
}

function reductions(tf: Tfjs): Table {
  const reduce =
    (compute: (x: Tensor, axes: number[] | undefined, keep: boolean) => Tensor): Operator<Tensor> =>
    (node) => {
      const axes = node.ints('axes') ?? node.constant(1)
      const keep = node.int('keepdims', 1) === 1
      return (x) =>
        compute(
          x,
          axes?.map((axis) => axisOf(axis, x.rank)),
          keep,
        )
    }
  const lastAxis =
    (compute: (x: Tensor) => Tensor): Operator<Tensor> =>
    (node) => {
      checkLastAxis(node)
      return compute
    }
  return {
    LayerNormalization: (node) => {
      checkLastAxis(node)
      const epsilon = node.float('epsilon', 1e-5)
      return (x, scale, bias?: Tensor) => {
        const mean = tf.mean(x, -1, true)
        const centred = tf.sub(x, mean)
        const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon))
        const scaled = tf.mul(tf.mul(centred, inverse), scale)
        return [bias === undefined ? scaled : tf.add(scaled, bias), mean, inverse]
      }
    },
    LogSoftmax: lastAxis((x) => tf.logSoftmax(x, -1)),
    ReduceMax: reduce((x, axes, keep) => tf.max(x, axes, keep)),
    ReduceMean: reduce((x, axes, keep) => tf.mean(x, axes, keep)),
    ReduceSum: reduce((x, axes, keep) => tf.sum(x, axes, keep)),
    Softmax: lastAxis((x) => tf.softmax(x, -1)),
  }
}

function products(tf: Tfjs): Table {
  return {
    Gemm: (node) => {
      const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)]
      const [left, right] = [node.int('transA', 0) === 1, node.int('transB', 0) === 1]
      return (a, b, c?: Tensor) => {
        const product = tf.mul(tf.matMul(a, b, left, right), alpha)
        return c === undefined ? product : tf.add(product, tf.mul(c, beta))
      }
    },
    MatMul: () => (a, b) => tf.matMul(a, b),
  }
}

function checkLastAxis(node: NodeReader): void {
  const axis = node.int('axis', -1)
  if (axis !== -1) throw invalid(`the axis of ${node.type}`, '-1', axis)
}
