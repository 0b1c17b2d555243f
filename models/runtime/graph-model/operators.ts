/** ONNX operators as nodes of a TensorFlow graph. */
import { check, invalid } from '../../../core/checks.ts'
import { broadcastShapes, sameShape } from '../../graph/tensor.ts'
import {
  axisOf,
  requiredConstant,
  reshapeTarget,
  type NodeReader,
  type Operator,
} from '../graph/operator.ts'
import type { Attribute, GraphBuilder } from './graph-def.ts'

/** An output of a node of the graph being written. */
export interface Output {
  /** `Split_7:1` */
  readonly name: string
  /** On one sample. */
  readonly shape: readonly number[]
}

type Table = Readonly<Record<string, Operator<Output>>>

/** @param shapes of every value of the ONNX model, on one sample */
export function graphOperators(
  build: GraphBuilder,
  shapes: ReadonlyMap<string, readonly number[]>,
): Table {
  const writer: Writer = {
    build,
    ints: (...values) => build.constant('int', [values.length], values),
    integer: (value) => build.constant('int', [], [value]),
    number: (value) => build.constant('float', [], [value]),
    result: (node, name, k = 0) => ({ name, shape: shapes.get(node.outputs[k]!) ?? [] }),
  }
  return { ...elementwise(writer), ...moves(writer), ...reductions(writer), ...products(writer) }
}

interface Writer {
  readonly build: GraphBuilder
  readonly ints: (...values: readonly number[]) => string
  readonly integer: (value: number) => string
  readonly number: (value: number) => string
  readonly result: (node: NodeReader, name: string, output?: number) => Output
}

const same: Readonly<Record<string, string>> = {
  ...{ Abs: 'Abs', Add: 'AddV2', Div: 'RealDiv', Equal: 'Equal', Erf: 'Erf', Exp: 'Exp' },
  ...{ Floor: 'Floor', Greater: 'Greater', GreaterOrEqual: 'GreaterEqual', Identity: 'Identity' },
  ...{ IsNaN: 'IsNan', Less: 'Less', Log: 'Log', Max: 'Maximum', Min: 'Minimum', Mul: 'Mul' },
  ...{ Neg: 'Neg', Pow: 'Pow', Relu: 'Relu', Sigmoid: 'Sigmoid', Sign: 'Sign' },
  ...{ Softplus: 'Softplus', Sqrt: 'Sqrt', Sub: 'Sub', Tanh: 'Tanh', Where: 'SelectV2' },
}

function elementwise({ build, number, result }: Writer): Table {
  const direct =
    (op: string, attributes?: Readonly<Record<string, Attribute>>): Operator<Output> =>
    (node) =>
    (...inputs) =>
      result(
        node,
        build.node(
          op,
          inputs.map(({ name }) => name),
          attributes,
        ),
      )
  return {
    ...Object.fromEntries(Object.entries(same).map(([type, op]) => [type, direct(op)])),
    And: direct('LogicalAnd', { T: { type: 'DT_BOOL' } }),
    Cast: direct('Cast', { SrcT: { type: 'DT_BOOL' }, DstT: { type: 'DT_FLOAT' } }),
    Clip: (node) => {
      const [low] = node.constant(1) ?? []
      const [high] = node.constant(2) ?? []
      return (x) => {
        const above = low === undefined ? x.name : build.node('Maximum', [x.name, number(low)])
        const both = high === undefined ? above : build.node('Minimum', [above, number(high)])
        return result(node, both)
      }
    },
    Not: direct('LogicalNot', { T: { type: 'DT_BOOL' } }),
  }
}

function moves({ build, ints, integer, number, result }: Writer): Table {
  return {
    Concat: (node) => {
      const axis = node.int('axis', 0)
      return (...parts) => {
        const names = parts.map(({ name }) => name)
        const at = integer(axisOf(axis, parts[0]!.shape.length))
        return result(
          node,
          build.node('ConcatV2', [...names, at], { N: { i: String(names.length) } }),
        )
      }
    },
    Expand: (node) => {
      const wanted = requiredConstant(node, 1)
      return (x) => {
        const whole = sameShape(broadcastShapes(x.shape, wanted), wanted)
        check(whole, 'the shape of Expand', 'that of the result', wanted)
        return result(node, build.node('BroadcastTo', [x.name, ints(...wanted)]))
      }
    },
    Gather: (node) => {
      const axis = node.int('axis', 0)
      return (table, indices) =>
        result(
          node,
          build.node('GatherV2', [
            table.name,
            indices.name,
            integer(axisOf(axis, table.shape.length)),
          ]),
        )
    },
    Pad: (node) => {
      const pads = requiredConstant(node, 1)
      const [fill = 0] = node.constant(2) ?? []
      const mode = node.text('mode', 'constant')
      if (mode !== 'constant') throw invalid('the mode of Pad', 'constant', mode)
      const rank = pads.length / 2
      const pairs = Array.from({ length: rank }, (_, axis) => [pads[axis]!, pads[rank + axis]!])
      const table = build.constant('int', [rank, 2], pairs.flat())
      return (x) => result(node, build.node('PadV2', [x.name, table, number(fill)]))
    },
    Reshape: (node) => {
      const wanted = reshapeTarget(node)
      return (x) => result(node, build.node('Reshape', [x.name, ints(...wanted)]))
    },
    Slice: (node) => {
      const starts = requiredConstant(node, 1)
      const ends = requiredConstant(node, 2)
      const axes = node.constant(3) ?? starts.map((_, axis) => axis)
      return ({ name, shape }) => {
        const from = shape.map(() => 0)
        // −1: to the end, whatever the length.
        const size = shape.map(() => -1)
        axes.forEach((given, i) => {
          const axis = axisOf(given, shape.length)
          const length = shape[axis]!
          const bound = (value: number): number =>
            Math.max(0, Math.min(length, value < 0 ? value + length : value))
          from[axis] = bound(starts[i]!)
          size[axis] = bound(ends[i]!) - from[axis]
        })
        return result(node, build.node('Slice', [name, ints(...from), ints(...size)]))
      }
    },
    Split: (node) => {
      const lengths = requiredConstant(node, 1)
      const axis = node.int('axis', 0)
      return (x) => {
        const inputs = [x.name, ints(...lengths), integer(axisOf(axis, x.shape.length))]
        const name = build.node('SplitV', inputs, { num_split: { i: String(lengths.length) } })
        return lengths.map((_, k) => result(node, k === 0 ? name : `${name}:${k}`, k))
      }
    },
    Squeeze: (node) => {
      const given = requiredConstant(node, 1)
      return (x) => {
        const axes = given.map((axis) => String(axisOf(axis, x.shape.length)))
        return result(
          node,
          build.node('Squeeze', [x.name], { squeeze_dims: { list: { i: axes } } }),
        )
      }
    },
    Transpose: (node) => {
      const order = node.ints('perm')
      return (x) => {
        const axes = order ?? x.shape.map((_, axis) => x.shape.length - 1 - axis)
        return result(node, build.node('Transpose', [x.name, ints(...axes)]))
      }
    },
    Unsqueeze: (node) => {
      const given = requiredConstant(node, 1)
      return (x) => {
        const rank = x.shape.length + given.length
        const axes = given.map((axis) => axisOf(axis, rank)).sort((a, b) => a - b)
        const name = axes.reduce(
          (at, axis) => build.node('ExpandDims', [at, integer(axis)]),
          x.name,
        )
        return result(node, name)
      }
    },
  }
}

function reductions({ build, ints, number, result }: Writer): Table {
  const reduce =
    (op: string): Operator<Output> =>
    (node) => {
      const given = node.ints('axes') ?? node.constant(1)
      const keep = node.int('keepdims', 1) === 1
      return (x) => {
        const axes = given ?? x.shape.map((_, axis) => axis)
        const at = ints(...axes.map((axis) => axisOf(axis, x.shape.length)))
        return result(node, build.node(op, [x.name, at], { keep_dims: { b: keep } }))
      }
    }
  const lastAxis =
    (op: string): Operator<Output> =>
    (node) => {
      checkLastAxis(node)
      return (x) => result(node, build.node(op, [x.name]))
    }
  return {
    LayerNormalization: (node) => {
      checkLastAxis(node)
      const epsilon = number(node.float('epsilon', 1e-5))
      return (x, scale, bias?: Output) => {
        const average = (name: string): string =>
          build.node('Mean', [name, ints(x.shape.length - 1)], { keep_dims: { b: true } })
        const mean = average(x.name)
        const centred = build.node('Sub', [x.name, mean])
        const variance = average(build.node('Square', [centred]))
        const inverse = build.node('Rsqrt', [build.node('AddV2', [variance, epsilon])])
        const scaled = build.node('Mul', [build.node('Mul', [centred, inverse]), scale.name])
        const whole = bias === undefined ? scaled : build.node('AddV2', [scaled, bias.name])
        return [result(node, whole), result(node, mean, 1), result(node, inverse, 2)]
      }
    },
    LogSoftmax: lastAxis('LogSoftmax'),
    ReduceMax: reduce('Max'),
    ReduceMean: reduce('Mean'),
    ReduceSum: reduce('Sum'),
    Softmax: lastAxis('Softmax'),
  }
}

function products({ build, number, result }: Writer): Table {
  return {
    Gemm: (node) => {
      const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)]
      const attributes = {
        transpose_a: { b: node.int('transA', 0) === 1 },
        transpose_b: { b: node.int('transB', 0) === 1 },
      }
      const times = (name: string, factor: number): string =>
        factor === 1 ? name : build.node('Mul', [name, number(factor)])
      return (a, b, c?: Output) => {
        const product = times(build.node('MatMul', [a.name, b.name], attributes), alpha)
        const sum = c && build.node('AddV2', [product, times(c.name, beta)])
        return result(node, sum ?? product)
      }
    },
    MatMul: (node) => (a, b) => {
      const matrices = a.shape.length === 2 && b.shape.length === 2
      return result(node, build.node(matrices ? 'MatMul' : 'BatchMatMulV2', [a.name, b.name]))
    },
  }
}

function checkLastAxis(node: NodeReader): void {
  const axis = node.int('axis', -1)
  if (axis !== -1) throw invalid(`the axis of ${node.type}`, '-1', axis)
}
