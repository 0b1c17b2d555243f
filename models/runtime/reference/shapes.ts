/** Operators that move elements without computing. */
import { invalid } from '../../../core/checks.ts'
import {
  broadcastPositions,
  broadcastShapes,
  mapPositions,
  showShape,
  stridesOf,
  type Tensor,
} from '../../graph/tensor.ts'
import { axisOf, requiredConstant, reshapeTarget, type Operator } from '../graph/operator.ts'

/** Element `offset + Σ indexᵢ · stridesᵢ` of the data for every index of the shape. */
function view(
  { data }: Tensor,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Tensor {
  const positions = mapPositions(shape, (axis) => strides[axis]!, offset)
  return { shape, data: Float64Array.from(positions, (at) => data[at]!) }
}

const reshape: Operator<Tensor> = (node) => {
  const wanted = reshapeTarget(node)
  const known = wanted.reduce((a, b) => (b === -1 ? a : a * b), 1)
  return (x) => {
    const shape = wanted.map((length) => (length === -1 ? x.data.length / known : length))
    if (shape.reduce((a, b) => a * b, 1) !== x.data.length)
      throw invalid('a reshape', `of ${showShape(x.shape)} to as many elements`, showShape(wanted))
    return { shape, data: x.data }
  }
}

const transpose: Operator<Tensor> = (node) => {
  const order = node.ints('perm')
  return (x) => {
    const axes = order ?? x.shape.map((_, axis) => x.shape.length - 1 - axis)
    const strides = stridesOf(x.shape)
    return view(
      x,
      axes.map((axis) => x.shape[axis]!),
      axes.map((axis) => strides[axis]!),
    )
  }
}

const expand: Operator<Tensor> = (node) => {
  const wanted = requiredConstant(node, 1)
  return (x) => {
    const shape = broadcastShapes(x.shape, wanted) as readonly number[]
    const positions = broadcastPositions(x.shape, shape)
    return { shape, data: Float64Array.from(positions, (at) => x.data[at]!) }
  }
}

const slice: Operator<Tensor> = (node) => {
  const starts = requiredConstant(node, 1)
  const ends = requiredConstant(node, 2)
  const axes = node.constant(3) ?? starts.map((_, axis) => axis)
  if (node.constant(4)?.some((step) => step !== 1) === true)
    throw invalid('the steps of Slice', 'all 1', node.constant(4))
  return (x) => {
    const shape = [...x.shape]
    const strides = stridesOf(x.shape)
    let offset = 0
    axes.forEach((given, i) => {
      const axis = axisOf(given, shape.length)
      const length = x.shape[axis]!
      const bound = (value: number): number =>
        Math.max(0, Math.min(length, value < 0 ? value + length : value))
      const [from, to] = [bound(starts[i]!), bound(ends[i]!)]
      shape[axis] = Math.max(0, to - from)
      offset += from * strides[axis]!
    })
    return view(x, shape, strides, offset)
  }
}

const split: Operator<Tensor> = (node) => {
  const lengths = requiredConstant(node, 1)
  const given = node.int('axis', 0)
  return (x) => {
    const axis = axisOf(given, x.shape.length)
    const strides = stridesOf(x.shape)
    let from = 0
    return lengths.map((length) => {
      const part = view(x, x.shape.with(axis, length), strides, from * strides[axis]!)
      from += length
      return part
    })
  }
}

/** Parts laid beside each other along an axis. */
function joined(parts: readonly Tensor[], axis: number): Tensor {
  const length = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0)
  const shape = parts[0]!.shape.with(axis, length)
  const strides = stridesOf(shape)
  const data = new Float64Array(shape.reduce((a, b) => a * b, 1))
  let from = 0
  for (const part of parts) {
    mapPositions(part.shape, (each) => strides[each]!, from * strides[axis]!).forEach((at, i) => {
      data[at] = part.data[i]!
    })
    from += part.shape[axis]!
  }
  return { shape, data }
}

const concat: Operator<Tensor> = (node) => {
  const axis = node.int('axis', 0)
  return (...parts) => joined(parts, axisOf(axis, parts[0]!.shape.length))
}

const pad: Operator<Tensor> = (node) => {
  const pads = requiredConstant(node, 1)
  const [fill = 0] = node.constant(2) ?? []
  const mode = node.text('mode', 'constant')
  if (mode !== 'constant') throw invalid('the mode of Pad', 'constant', mode)
  return (x) => {
    const rank = x.shape.length
    const shape = x.shape.map((length, axis) => pads[axis]! + length + pads[rank + axis]!)
    const strides = stridesOf(shape)
    const data = new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(fill)
    const offset = strides.reduce((sum, stride, axis) => sum + stride * pads[axis]!, 0)
    mapPositions(x.shape, (axis) => strides[axis]!, offset).forEach((at, i) => {
      data[at] = x.data[i]!
    })
    return { shape, data }
  }
}

const squeeze: Operator<Tensor> = (node) => {
  const given = requiredConstant(node, 1)
  return (x) => {
    const axes = given.map((axis) => axisOf(axis, x.shape.length))
    return { shape: x.shape.filter((_, axis) => !axes.includes(axis)), data: x.data }
  }
}

const unsqueeze: Operator<Tensor> = (node) => {
  const given = requiredConstant(node, 1)
  return (x) => {
    const rank = x.shape.length + given.length
    const axes = given.map((axis) => axisOf(axis, rank))
    const rest = x.shape.values()
    const shape = Array.from({ length: rank }, (_, axis) =>
      axes.includes(axis) ? 1 : rest.next().value!,
    )
    return { shape, data: x.data }
  }
}

const gather: Operator<Tensor> = (node) => {
  const given = node.int('axis', 0)
  return (table, indices) => {
    const axis = axisOf(given, table.shape.length)
    const length = table.shape[axis]!
    const outer = table.shape.slice(0, axis)
    const inner = table.shape.slice(axis + 1)
    const [rows, row] = [outer, inner].map((part) => part.reduce((a, b) => a * b, 1)) as [
      number,
      number,
    ]
    const data = new Float64Array(rows * indices.data.length * row)
    for (let k = 0; k < rows; k++) {
      indices.data.forEach((index, i) => {
        const from = (k * length + axisOf(index, length)) * row
        data.set(table.data.subarray(from, from + row), (k * indices.data.length + i) * row)
      })
    }
    return { shape: [...outer, ...indices.shape, ...inner], data }
  }
}

export const shapes: Readonly<Record<string, Operator<Tensor>>> = {
  Concat: concat,
  Expand: expand,
  Gather: gather,
  Pad: pad,
  Reshape: reshape,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
}
