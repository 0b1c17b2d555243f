/**
 * Evaluation of a plan over symbols, batch and stream in one code path: rows are appended to each symbol's columns, then
 * every step advances over the new rows. A batch appends all rows at once; a stream appends one moment at a time and drops
 * rows that no step can reach any more.
 */
import { check, unknownName } from '../core/checks.ts'
import type { Plan, Step } from './plan.ts'

/** New bars of one symbol, one array a bar column, with the rows' moments. */
export interface BarRows {
  readonly time: Float64Array
  readonly columns: Readonly<Record<string, Float64Array>>
}

interface SymbolState {
  /** Rows held now; row 0 is `dropped` rows into the series. */
  length: number
  dropped: number
  capacity: number
  time: Float64Array
  /** One column a step. */
  readonly values: Float64Array[]
  /** One state a series step. */
  readonly states: unknown[]
}

export class FeatureEvaluation {
  readonly #plan: Plan
  readonly #groups: Int32Array
  readonly #symbols: SymbolState[]

  /** `groups`: group (sector) of each symbol, for operators across the section. */
  constructor(plan: Plan, groups: Int32Array) {
    this.#plan = plan
    this.#groups = groups
    this.#symbols = Array.from(groups, () => ({
      length: 0,
      dropped: 0,
      capacity: 0,
      time: new Float64Array(0),
      values: plan.steps.map(() => new Float64Array(0)),
      states: plan.steps.map((step) =>
        step.kind === 'series' ? step.operator.state(step.params, plan) : null,
      ),
    }))
  }

  /**
   * Appends each symbol's new rows (undefined = none) and advances every step over them. Operators across symbols see the
   * rows of one call only, so a moment must arrive whole.
   */
  append(rows: readonly (BarRows | undefined)[]): void {
    check(
      rows.length === this.#symbols.length,
      'rows',
      `for ${this.#symbols.length} symbols`,
      rows.length,
    )
    const starts = this.#symbols.map((symbol, s) => {
      const added = rows[s]?.time.length ?? 0
      this.#reserve(symbol, added)
      symbol.time.set(rows[s]?.time ?? [], symbol.length)
      symbol.length += added
      return symbol.length - added
    })
    this.#plan.steps.forEach((step, index) => {
      if (step.kind === 'cross') this.#advanceCross(step, index, starts)
      else this.#symbols.forEach((symbol, s) => advance(symbol, step, index, starts[s]!, rows[s]))
    })
  }

  /** Rows of a symbol held now. */
  length(symbol: number): number {
    return this.#symbols[symbol]!.length
  }

  /** Rows a symbol has seen in all, the dropped ones included. */
  seen(symbol: number): number {
    return this.#symbols[symbol]!.length + this.#symbols[symbol]!.dropped
  }

  time(symbol: number): Float64Array {
    const { time, length } = this.#symbols[symbol]!
    return time.subarray(0, length)
  }

  /** Column of feature `output`, the rows held now. */
  feature(symbol: number, output: number): Float64Array {
    const { values, length } = this.#symbols[symbol]!
    return values[this.#plan.outputs[output]!]!.subarray(0, length)
  }

  /** Drops rows beyond `keep` and every step's look-back. Call between appends of a stream. */
  compact(keep: number): void {
    const held = Math.max(keep, this.#plan.lookback + 1)
    for (const symbol of this.#symbols) {
      const excess = symbol.length - held
      // Moving rarely keeps the cost of a bar constant.
      if (excess < held + 64) continue
      for (const column of [symbol.time, ...symbol.values])
        column.copyWithin(0, excess, symbol.length)
      symbol.length = held
      symbol.dropped += excess
    }
  }

  #reserve(symbol: SymbolState, added: number): void {
    const needed = symbol.length + added
    if (needed <= symbol.capacity) return
    const capacity = symbol.length === 0 ? needed : Math.max(needed, 2 * symbol.capacity)
    const grow = (column: Float64Array): Float64Array => {
      const larger = new Float64Array(capacity)
      larger.set(column.subarray(0, symbol.length))
      return larger
    }
    symbol.time = grow(symbol.time)
    symbol.values.forEach((column, k) => (symbol.values[k] = grow(column)))
    symbol.capacity = capacity
  }

  #advanceCross(
    step: Extract<Step, { kind: 'cross' }>,
    index: number,
    starts: readonly number[],
  ): void {
    const cursors = [...starts]
    for (;;) {
      const moment = this.#nextMoment(cursors)
      if (moment === Infinity) return
      const present = this.#symbols.flatMap((symbol, s) =>
        cursors[s]! < symbol.length && symbol.time[cursors[s]!] === moment ? [s] : [],
      )
      const inputs = step.inputs.map((input) =>
        Float64Array.from(present, (s) => this.#symbols[s]!.values[input]![cursors[s]!]!),
      )
      const out = new Float64Array(present.length)
      const groups = Int32Array.from(present, (s) => this.#groups[s]!)
      step.operator.evaluate(inputs, groups, step.params, out)
      present.forEach((s, k) => {
        this.#symbols[s]!.values[index]![cursors[s]!] = out[k]!
        cursors[s]!++
      })
    }
  }

  #nextMoment(cursors: readonly number[]): number {
    return this.#symbols.reduce(
      (earliest, symbol, s) =>
        cursors[s]! < symbol.length ? Math.min(earliest, symbol.time[cursors[s]!]!) : earliest,
      Infinity,
    )
  }
}

function advance(
  symbol: SymbolState,
  step: Exclude<Step, { kind: 'cross' }>,
  index: number,
  start: number,
  rows: BarRows | undefined,
): void {
  const out = symbol.values[index]!
  if (rows === undefined) return
  if (step.kind === 'constant') out.fill(step.value, start, symbol.length)
  else if (step.kind === 'column') {
    const column = rows.columns[step.name]
    if (column === undefined) throw unknownName('bar column', step.name, Object.keys(rows.columns))
    out.set(column, start)
  } else {
    const inputs = step.inputs.map((input) => symbol.values[input]!)
    step.operator.advance(symbol.states[index], inputs, start, symbol.length, out)
  }
}
