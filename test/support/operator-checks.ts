/**
 * What `features/operator.ts` promises, as functions that answer the first breach they find, or undefined. The conformance
 * suite runs them over the table, and over operators with planted faults to show that they see them.
 */
import { createRng, type Rng } from '../../core/rng.ts'
import { outputCount, type InputName, type SeriesOperator } from '../../features/operator.ts'
import { StateReader, StateWriter } from '../../features/snapshot.ts'

export type Columns = readonly Float64Array[]

export const paramsOf = (operator: { params: readonly { default: number }[] }): number[] =>
  operator.params.map((spec) => spec.default)

export function inputNamesOf(operator: {
  inputs?: readonly InputName[]
  arity: number
}): readonly InputName[] {
  return operator.inputs ?? (['x', 'y'] as const).slice(0, operator.arity)
}

export interface ColumnOptions {
  readonly seed: number
  /** Chance of a missing value. */
  readonly holes?: number
  /** From the middle on everything is this many times as large. */
  readonly rescale?: number
  /** Repeated values, zero volume, constant stretches. */
  readonly ties?: boolean
  /** Free inputs above 0, where every operator has a value. */
  readonly positive?: boolean
}

/** Input columns of the kind each input stands for, moving all the time; the same arrays for equal arguments. */
export function columnsFor(
  names: readonly InputName[],
  length: number,
  options: ColumnOptions,
): Float64Array[] {
  const key = JSON.stringify([length, options])
  const known = made.get(key) ?? new Map<string, Float64Array>()
  made.set(key, known)
  if (known.size === 0) fillBars(known, length, options)
  const { seed, holes = 0, rescale = 1, ties = false, positive = false } = options
  return names.map((name, k) => {
    const place = `${name}/${k}`
    const existing = known.get(place)
    if (existing !== undefined) return existing
    const rng = createRng(seed).stream(place)
    const bar = known.get(name)
    const drawn = bar ?? free(name, rng, length, rescale, ties)
    const column =
      positive && bar === undefined && name !== 'condition' && name !== 'age'
        ? drawn.map(Math.exp)
        : drawn
    // Time is known wherever there is a row.
    const holed =
      name === 'time' ? column : column.map((value) => (rng.uniform() < holes ? NaN : value))
    known.set(place, holed)
    return holed
  })
}

/** Columns by the arguments they were made with: making 200,000 rows costs more than most operators. */
const made = new Map<string, Map<string, Float64Array>>()

function fillBars(
  into: Map<string, Float64Array>,
  length: number,
  { seed, rescale = 1, ties = false }: ColumnOptions,
): void {
  const rng = createRng(seed).stream('columns')
  const close = randomWalk(rng, length, rescale, ties)
  const spread = (k: number): Float64Array =>
    close.map((price) => price * (1 + 0.01 * k * (ties && rng.uniform() < 0.3 ? 0 : rng.uniform())))
  const open = close.map((price) => price * (1 + 0.004 * (rng.uniform() - 0.5)))
  const volume = (): Float64Array => randomVolume(rng, length, rescale, ties)
  into.set('close', close).set('open', open)
  into.set(
    'high',
    spread(1).map((price, i) => Math.max(price, open[i]!)),
  )
  into.set(
    'low',
    spread(-1).map((price, i) => Math.min(price, open[i]!)),
  )
  into.set('volume', volume()).set('bidSize', volume()).set('askSize', volume())
  into.set('bid', spread(-0.1)).set('ask', spread(0.1))
  into.set(
    'time',
    Float64Array.from({ length }, (_, i) => 1.5e12 + i * 3_600_000),
  )
}

function randomWalk(rng: Rng, length: number, rescale: number, ties: boolean): Float64Array {
  let level = Math.log(50)
  return Float64Array.from({ length }, (_, i) => {
    if (!ties || rng.uniform() > 0.2) level += 0.02 * rng.normal() - 0.002 * (level - Math.log(50))
    return Math.exp(level) * (i >= length / 2 ? rescale : 1)
  })
}

function randomVolume(rng: Rng, length: number, rescale: number, ties: boolean): Float64Array {
  return Float64Array.from({ length }, (_, i) => {
    if (ties && rng.uniform() < 0.1) return 0
    return Math.round(1_000 * Math.exp(rng.normal())) * (i >= length / 2 ? rescale : 1) + 1
  })
}

function free(
  name: InputName,
  rng: Rng,
  length: number,
  rescale: number,
  ties: boolean,
): Float64Array {
  return Float64Array.from({ length }, (_, i) => {
    if (name === 'condition') return rng.uniform() < 0.5 ? 0 : 1
    if (name === 'age') return 10 * rng.uniform()
    const value = ties && rng.uniform() < 0.3 ? Math.round(rng.normal()) : rng.normal()
    return value * (i >= length / 2 ? rescale : 1)
  })
}

/** One call over all rows: a batch. */
export function batch(
  operator: SeriesOperator,
  inputs: Columns,
  { emitPartial = false, params = paramsOf(operator) } = {},
): Float64Array[] {
  const outs = outputsFor(operator, inputs[0]!.length)
  const state = operator.state(params, { emitPartial })
  operator.advance(state, inputs, 0, inputs[0]!.length, outs)
  return outs
}

/**
 * A call a row on columns that hold the look-back only and are compacted, the state written and restored every `restoreEvery`
 * rows: a stream as the server runs it.
 */
export function stream(
  operator: SeriesOperator,
  inputs: Columns,
  { emitPartial = false, restoreEvery = Infinity } = {},
): Float64Array[] {
  const params = paramsOf(operator)
  const held = operator.lookback(params) + 1
  const slack = 16
  const rows = inputs[0]!.length
  const outs = outputsFor(operator, rows)
  const columns = inputs.map(() => new Float64Array(held + slack))
  const scratch = outputsFor(operator, held + slack)
  let state: unknown = operator.state(params, { emitPartial })
  let length = 0
  for (let row = 0; row < rows; row++) {
    if (length === held + slack) {
      for (const column of columns) column.copyWithin(0, slack)
      length = held
    }
    columns.forEach((column, k) => (column[length] = inputs[k]![row]!))
    operator.advance(state, columns, length, length + 1, scratch)
    outs.forEach((out, k) => (out[row] = scratch[k]![length]!))
    length++
    if ((row + 1) % restoreEvery === 0) {
      const writer = new StateWriter()
      writer.put(state)
      const reader = new StateReader(writer.bytes())
      state = reader.take(operator.state(params, { emitPartial }))
      reader.end()
    }
  }
  return outs
}

export function firstDifference(a: Columns, b: Columns, rows = a[0]!.length): string | undefined {
  for (let k = 0; k < a.length; k++) {
    for (let i = 0; i < rows; i++) {
      if (!Object.is(a[k]![i], b[k]![i]))
        return `output ${k}, row ${i}: ${a[k]![i]} against ${b[k]![i]}`
    }
  }
  return undefined
}

/** Prefix invariance: f(x[0..t]) = f(x[0..T])[t] for every t. */
export function prefixBreach(operator: SeriesOperator, inputs: Columns): string | undefined {
  const whole = batch(operator, inputs)
  for (let t = 1; t <= inputs[0]!.length; t++) {
    const part = batch(
      operator,
      inputs.map((column) => column.slice(0, t)),
    )
    const breach = firstDifference(part, whole, t)
    if (breach !== undefined) return `cut after ${t}: ${breach}`
  }
  return undefined
}

/** Future perturbation: noise after row t changes nothing up to t. */
export function perturbationBreach(
  operator: SeriesOperator,
  inputs: Columns,
  noise: Columns,
): string | undefined {
  const whole = batch(operator, inputs)
  for (let t = 0; t < inputs[0]!.length; t++) {
    const mixed = inputs.map((column, k) =>
      column.map((value, i) => (i <= t ? value : noise[k]![i]!)),
    )
    const breach = firstDifference(batch(operator, mixed), whole, t + 1)
    if (breach !== undefined) return `noise after ${t}: ${breach}`
  }
  return undefined
}

function outputsFor(operator: SeriesOperator, length: number): Float64Array[] {
  return Array.from({ length: outputCount(operator) }, () => new Float64Array(length).fill(777))
}
