/** Operations on each element alone, with broadcasting. Comparisons give booleans; `where` chooses by them. */
import { check } from '../../../core/checks.ts'
import { lift, type Attributes, type Operand, type Operation, type Value } from '../graph.ts'
import { erf as erfOf } from '../erf.ts'
import { onnxTypes } from '../onnx-protobuf.ts'
import { broadcastPositions, broadcastShapes, type Element } from '../tensor.ts'

function pairwise(
  name: string,
  onnx: string,
  compute: (a: number, b: number) => number,
  result?: Element,
): Operation {
  return {
    name,
    infer: ([a, b]) => {
      check(
        a!.element === b!.element,
        `the inputs of ${name}`,
        'of one element type',
        `${a!.element} and ${b!.element}`,
      )
      return { element: result ?? a!.element, shape: broadcastShapes(a!.shape, b!.shape) }
    },
    evaluate: ([a, b], _, shape) => {
      const left = broadcastPositions(a!.shape, shape)
      const right = broadcastPositions(b!.shape, shape)
      return Float64Array.from(left, (position, i) =>
        compute(a!.data[position]!, b!.data[right[i]!]!),
      )
    },
    emit: (emitter, inputs) => emitter.node(onnx, inputs),
  }
}

function single(
  name: string,
  onnx: string,
  compute: (x: number) => number,
  result?: Element,
): Operation {
  return {
    name,
    infer: ([x]) => ({ element: result ?? x!.element, shape: x!.shape }),
    evaluate: ([x]) => x!.data.map(compute),
    emit: (emitter, inputs) => emitter.node(onnx, inputs),
  }
}

/** Booleans as 0 and 1, integers as floats. */
const castOperation: Operation = {
  name: 'asFloat',
  infer: ([x]) => ({ element: 'float', shape: x!.shape }),
  evaluate: ([x]) => x!.data,
  emit: (emitter, inputs) => emitter.node('Cast', inputs, { to: { int: onnxTypes.float } }),
}

const truth = (value: boolean): number => (value ? 1 : 0)

const selectOperation: Operation = {
  name: 'where',
  infer: ([condition, yes, no]) => {
    check(condition!.element === 'bool', 'the condition of where', 'boolean', condition!.element)
    check(
      yes!.element === no!.element,
      'the branches of where',
      'of one element type',
      `${yes!.element} and ${no!.element}`,
    )
    return {
      element: yes!.element,
      shape: broadcastShapes(condition!.shape, broadcastShapes(yes!.shape, no!.shape)),
    }
  },
  evaluate: ([condition, yes, no], _, shape) => {
    const [c, y, n] = [condition!, yes!, no!].map((tensor) =>
      broadcastPositions(tensor.shape, shape),
    ) as [Int32Array, Int32Array, Int32Array]
    return Float64Array.from(c, (at, i) =>
      condition!.data[at] === 0 ? no!.data[n[i]!]! : yes!.data[y[i]!]!,
    )
  },
  emit: (emitter, inputs) => emitter.node('Where', inputs),
}

const clipOperation: Operation = {
  name: 'clip',
  infer: ([x]) => x!,
  evaluate: ([x], attributes) => {
    const { low, high } = clipBounds(attributes)
    return x!.data.map((value) => Math.max(low, Math.min(high, value)))
  },
  emit: (emitter, [x], { source }) => {
    const { low, high } = clipBounds(source.attributes)
    return emitter.node('Clip', [x!, emitter.floats([low], []), emitter.floats([high], [])])
  },
}

function clipBounds(attributes: Attributes): { low: number; high: number } {
  return { low: attributes['low'] as number, high: attributes['high'] as number }
}

export const elementwise = {
  add: pairwise('add', 'Add', (a, b) => a + b),
  sub: pairwise('sub', 'Sub', (a, b) => a - b),
  mul: pairwise('mul', 'Mul', (a, b) => a * b),
  div: pairwise('div', 'Div', (a, b) => a / b),
  pow: pairwise('pow', 'Pow', (a, b) => a ** b),
  minimum: pairwise('minimum', 'Min', Math.min),
  maximum: pairwise('maximum', 'Max', Math.max),
  less: pairwise('less', 'Less', (a, b) => truth(a < b), 'bool'),
  and: pairwise('and', 'And', (a, b) => truth(a !== 0 && b !== 0), 'bool'),
  equal: pairwise('equal', 'Equal', (a, b) => truth(a === b), 'bool'),
  neg: single('neg', 'Neg', (x) => -x),
  exp: single('exp', 'Exp', Math.exp),
  log: single('log', 'Log', Math.log),
  sqrt: single('sqrt', 'Sqrt', Math.sqrt),
  tanh: single('tanh', 'Tanh', Math.tanh),
  sigmoid: single('sigmoid', 'Sigmoid', (x) => 1 / (1 + Math.exp(-x))),
  relu: single('relu', 'Relu', (x) => Math.max(0, x)),
  abs: single('abs', 'Abs', Math.abs),
  sign: single('sign', 'Sign', Math.sign),
  floor: single('floor', 'Floor', Math.floor),
  erf: single('erf', 'Erf', erfOf),
  softplus: single(
    'softplus',
    'Softplus',
    (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  ),
  asFloat: castOperation,
  isNaN: single('isNaN', 'IsNaN', (x) => truth(Number.isNaN(x)), 'bool'),
  where: selectOperation,
  clip: clipOperation,
} as const satisfies Record<string, Operation>

function apply(operation: Operation, ...operands: Operand[]): Value {
  const values = lift(...operands)
  return values[0]!.graph.apply(operation, values)
}

export const add = (a: Operand, b: Operand): Value => apply(elementwise.add, a, b)
export const sub = (a: Operand, b: Operand): Value => apply(elementwise.sub, a, b)
export const mul = (a: Operand, b: Operand): Value => apply(elementwise.mul, a, b)
export const div = (a: Operand, b: Operand): Value => apply(elementwise.div, a, b)
/** a to the power b. The derivative in b needs a > 0. */
export const pow = (a: Operand, b: Operand): Value => apply(elementwise.pow, a, b)
export const minimum = (a: Operand, b: Operand): Value => apply(elementwise.minimum, a, b)
export const maximum = (a: Operand, b: Operand): Value => apply(elementwise.maximum, a, b)
export const less = (a: Operand, b: Operand): Value => apply(elementwise.less, a, b)
export const and = (a: Value, b: Value): Value => apply(elementwise.and, a, b)
export const equal = (a: Operand, b: Operand): Value => apply(elementwise.equal, a, b)
export const neg = (x: Value): Value => apply(elementwise.neg, x)
export const exp = (x: Value): Value => apply(elementwise.exp, x)
export const log = (x: Value): Value => apply(elementwise.log, x)
export const sqrt = (x: Value): Value => apply(elementwise.sqrt, x)
export const tanh = (x: Value): Value => apply(elementwise.tanh, x)
export const sigmoid = (x: Value): Value => apply(elementwise.sigmoid, x)
export const relu = (x: Value): Value => apply(elementwise.relu, x)
export const abs = (x: Value): Value => apply(elementwise.abs, x)
export const sign = (x: Value): Value => apply(elementwise.sign, x)
export const floor = (x: Value): Value => apply(elementwise.floor, x)
/** The error function 2/√π ∫₀ˣ exp(−t²) dt. */
export const erf = (x: Value): Value => apply(elementwise.erf, x)
/** log(1 + exp(x)), without overflow. */
export const softplus = (x: Value): Value => apply(elementwise.softplus, x)
export const asFloat = (x: Value): Value => apply(elementwise.asFloat, x)
export const isNaN = (x: Value): Value => apply(elementwise.isNaN, x)
export const where = (condition: Value, yes: Operand, no: Operand): Value =>
  apply(elementwise.where, condition, yes, no)

/** The nearest number in [low, high]; the derivative is 1 inside and at the bounds, 0 beyond. */
export function clip(x: Value, low: number, high: number): Value {
  check(low <= high, 'the bounds of clip', 'low ≤ high', `${low} and ${high}`)
  return x.graph.apply(elementwise.clip, [x], { low, high })
}
