/**
 * Evaluation of a plan over symbols, batch and stream in one code path: rows are appended to each symbol's columns in chunks,
 * every step advances over the new rows, and each feature's new values are handed to the caller. A batch appends long chunks,
 * a stream one moment at a time; rows that no step can reach any more are dropped.
 *
 * Columns that no step reads back are scratch, shared by all symbols; a symbol owns only the others, so that what it costs is
 * the look-back of a few columns and the state of its operators.
 */
import { check, unknownName } from '../core/checks.ts'
import { looksAcross, type CrossStep, type Plan, type SeriesStep } from './plan.ts'
import { copyState, packArrays } from './snapshot.ts'

/** New rows of one symbol, one array a column of the source, with the rows' decision moments, ascending. */
export interface BarRows {
  readonly time: Float64Array
  readonly columns: Readonly<Record<string, Float64Array>>
}

/** New values of some features of a symbol: `columns[k][offset + j]` is that of `features[k]` at the symbol's row `row + j`. */
export interface Block {
  readonly symbol: number
  readonly features: readonly number[]
  readonly columns: readonly Float64Array[]
  readonly offset: number
  /** Counted from the symbol's first row. */
  readonly row: number
  readonly count: number
}

/** Called for each new block; the columns are valid during the call only. */
export type Emit = (block: Block) => void

interface SymbolState {
  /** Rows held now, of `seen` in all. */
  length: number
  seen: number
  newest: number
  /** The columns it owns, in the order of the owned slots. */
  readonly columns: readonly Float64Array[]
  /** One state a series step; those of operators of one row are the same for all symbols. */
  readonly states: unknown[]
}

/** Inputs and outputs of a series step, of the symbol that is selected. */
interface BoundStep {
  readonly operator: SeriesStep['operator']
  readonly inputs: readonly Float64Array[]
  readonly outs: readonly Float64Array[]
}

/** A place that holds the selected symbol's column of an owned slot. */
interface Patch {
  readonly target: Float64Array[]
  readonly index: number
  readonly owned: number
}

/** Series steps between two cross steps, with the features that are complete after them. */
interface Segment {
  readonly from: number
  readonly to: number
  readonly cross: CrossStep | undefined
  readonly features: readonly number[]
}

export class FeatureEvaluation {
  readonly #plan: Plan
  readonly #across: boolean
  readonly #groups: Int32Array
  readonly #chunkRows: number
  readonly #segments: readonly Segment[]
  /** One column a slot: the selected symbol's, or the scratch that all share. */
  readonly #columns: Float64Array[]
  readonly #steps: readonly BoundStep[]
  /** Columns of the features of each segment. */
  readonly #outputs: readonly (readonly Float64Array[])[]
  readonly #patches: readonly Patch[]
  readonly #ownedIndex: ReadonlyMap<number, number>
  readonly #symbols: SymbolState[]
  #selected: SymbolState | undefined
  /** States as they were before any row. */
  readonly #fresh: readonly unknown[]

  /**
   * `groups`: group (sector) of each symbol, for operators across the section. `chunkRows`: rows advanced over at once, a
   * matter of speed and memory alone.
   */
  constructor(plan: Plan, groups: Int32Array, { chunkRows = 512 } = {}) {
    this.#plan = plan
    this.#across = looksAcross(plan)
    this.#groups = groups
    this.#chunkRows = chunkRows
    this.#segments = segmentsOf(plan)
    const owned = [...ownedSlots(plan)]
    const capacity = plan.lookback + chunkRows
    const constants = new Map(plan.constants.map(({ slot, value }) => [slot, value]))
    this.#columns = Array.from({ length: plan.slots }, (_, slot) =>
      new Float64Array(owned.includes(slot) ? 0 : capacity).fill(constants.get(slot) ?? NaN),
    )
    const patches = owned.map((slot, k): Patch => ({
      target: this.#columns,
      index: slot,
      owned: k,
    }))
    const bind = (slots: readonly number[]): Float64Array[] => {
      const target = slots.map((slot) => this.#columns[slot]!)
      slots.forEach((slot, index) => {
        if (owned.includes(slot)) patches.push({ target, index, owned: owned.indexOf(slot) })
      })
      return target
    }
    const series = plan.steps.filter((step) => step.kind === 'series')
    this.#steps = series.map(({ operator, inputs, outs }) => ({
      operator,
      inputs: bind(inputs),
      outs: bind(outs),
    }))
    this.#outputs = this.#segments.map(({ features }) =>
      bind(features.map((feature) => plan.outputs[feature]!)),
    )
    this.#patches = patches
    this.#ownedIndex = new Map(owned.map((slot, k) => [slot, k]))
    this.#fresh = series.map(({ operator, params }): unknown => operator.state(params, plan))
    this.#symbols = Array.from(groups, () => {
      const columns = owned.map(() => new Float64Array(capacity))
      const states = series.map(({ operator, params }, k): unknown =>
        operator.memory === 'row' ? this.#fresh[k] : operator.state(params, plan),
      )
      packArrays([columns, states], [columns.map(() => null), this.#fresh])
      return { length: 0, seen: 0, newest: NaN, columns, states }
    })
  }

  /**
   * Appends each symbol's new rows (undefined = none) and hands out every feature's values for them. Operators across symbols
   * see the rows of one call only, so a moment must arrive whole.
   * @throws INVALID_VALUE where rows do not follow the newest ones; nothing is appended then.
   */
  append(rows: readonly (BarRows | undefined)[], emit: Emit): void {
    this.#checkRows(rows)
    if (!this.#across) {
      rows.forEach((added, symbol) => {
        if (added !== undefined) this.#appendAlone(symbol, added, emit)
      })
      return
    }
    const taken = rows.map(() => 0)
    for (;;) {
      const ends = chunkEnds(rows, taken, this.#chunkRows)
      if (ends.every((end, symbol) => end === taken[symbol])) return
      this.#advance(rows, taken, ends, emit)
      ends.forEach((end, symbol) => (taken[symbol] = end))
    }
  }

  /** Forgets a symbol's rows, so that the next ones are its first. */
  reset(symbol: number): void {
    const own = this.#symbols[symbol]!
    own.length = 0
    own.seen = 0
    own.newest = NaN
    this.#fresh.forEach((fresh, k) => (own.states[k] = copyState(fresh, own.states[k])))
  }

  /** Rows a symbol has seen in all. */
  seen(symbol: number): number {
    return this.#symbols[symbol]!.seen
  }

  /** Decision moment of a symbol's newest row; NaN before the first. */
  newest(symbol: number): number {
    return this.#symbols[symbol]!.newest
  }

  /** What a symbol's further rows depend on, as plain data for a snapshot; restoring fills it in place. */
  stateOf(symbol: number): { load(): void; readonly data: unknown } {
    const own = this.#symbols[symbol]!
    const head = Float64Array.of(own.length, own.seen, own.newest)
    const { columns } = own
    const states = own.states.map((state, k) => (state === this.#fresh[k] ? null : state))
    return {
      data: { head, columns, states },
      load: () => {
        own.length = head[0]!
        own.seen = head[1]!
        own.newest = head[2]!
        states.forEach((state, k) => {
          if (state !== null) own.states[k] = state
        })
      },
    }
  }

  #select(own: SymbolState): void {
    if (this.#selected === own) return
    this.#selected = own
    for (const { target, index, owned } of this.#patches) target[index] = own.columns[owned]!
  }

  #checkRows(rows: readonly (BarRows | undefined)[]): void {
    const symbols = this.#symbols.length
    check(rows.length === symbols, 'rows', `for ${symbols} symbols`, rows.length)
    rows.forEach((added, symbol) => {
      if (added === undefined || added.time.length === 0) return
      const { newest } = this.#symbols[symbol]!
      const ordered = added.time.every((time, i) => i === 0 || time > added.time[i - 1]!)
      check(
        ordered && !(added.time[0]! <= newest),
        `moments of symbol ${symbol}`,
        Number.isNaN(newest) ? 'ascending' : `ascending and later than ${newest}`,
        added.time[0],
        'Replay a late or corrected bar from the stored bars.',
      )
      for (const { name } of this.#plan.sources) sourceColumn(added, name)
    })
  }

  #appendAlone(symbol: number, rows: BarRows, emit: Emit): void {
    const own = this.#symbols[symbol]!
    const total = rows.time.length
    for (let from = 0; from < total; from += this.#chunkRows) {
      const to = Math.min(total, from + this.#chunkRows)
      const start = this.#take(own, rows, from, to)
      this.#advanceSteps(own, 0, this.#steps.length, start)
      const { features } = this.#segments[0]!
      const count = to - from
      emit({
        symbol,
        features,
        columns: this.#outputs[0]!,
        offset: start,
        row: own.seen - count,
        count,
      })
    }
  }

  /** Rows [taken, ends) of every symbol, segment by segment, so that an operator across symbols finds all its inputs. */
  #advance(
    rows: readonly (BarRows | undefined)[],
    taken: readonly number[],
    ends: readonly number[],
    emit: Emit,
  ): void {
    const counts = ends.map((end, symbol) => end - taken[symbol]!)
    const starts = this.#symbols.map((own, symbol) =>
      counts[symbol]! > 0
        ? this.#take(own, rows[symbol]!, taken[symbol]!, ends[symbol]!)
        : own.length,
    )
    for (const [index, { from, to, cross, features }] of this.#segments.entries()) {
      this.#symbols.forEach((own, symbol) => {
        if (counts[symbol] === 0) return
        const start = starts[symbol]!
        this.#select(own)
        // Shared scratch of an earlier symbol is in the columns that the sources fill.
        if (from === 0) this.#fillSources(rows[symbol]!, taken[symbol]!, ends[symbol]!, start)
        this.#advanceSteps(own, from, to, start)
        const count = counts[symbol]!
        const columns = this.#outputs[index]!
        emit({ symbol, features, columns, offset: start, row: own.seen - count, count })
      })
      if (cross !== undefined) this.#advanceCross(cross, rows, taken, ends, starts)
    }
  }

  #advanceSteps(own: SymbolState, from: number, to: number, start: number): void {
    for (let k = from; k < to; k++) {
      const step = this.#steps[k]!
      step.operator.advance(own.states[k], step.inputs, start, own.length, step.outs)
    }
  }

  #advanceCross(
    { operator, params, inputs, out }: CrossStep,
    rows: readonly (BarRows | undefined)[],
    taken: readonly number[],
    ends: readonly number[],
    starts: readonly number[],
  ): void {
    const cursors = [...taken]
    const section = Array.from(inputs, () => new Float64Array(this.#symbols.length))
    const values = new Float64Array(this.#symbols.length)
    const groups = new Int32Array(this.#symbols.length)
    const present: number[] = []
    for (;;) {
      let moment = Infinity
      cursors.forEach((cursor, symbol) => {
        if (cursor < ends[symbol]!) moment = Math.min(moment, rows[symbol]!.time[cursor]!)
      })
      if (moment === Infinity) return
      present.length = 0
      cursors.forEach((cursor, symbol) => {
        if (cursor >= ends[symbol]! || rows[symbol]!.time[cursor] !== moment) return
        const row = starts[symbol]! + cursor - taken[symbol]!
        inputs.forEach(
          (slot, k) => (section[k]![present.length] = this.#columnOf(symbol, slot)[row]!),
        )
        groups[present.length] = this.#groups[symbol]!
        present.push(symbol)
      })
      const count = present.length
      const own = section.map((column) => column.subarray(0, count))
      operator.evaluate(own, groups.subarray(0, count), params, values.subarray(0, count))
      present.forEach((symbol, k) => {
        const row = starts[symbol]! + cursors[symbol]! - taken[symbol]!
        this.#columnOf(symbol, out)[row] = values[k]!
        cursors[symbol]!++
      })
    }
  }

  #columnOf(symbol: number, slot: number): Float64Array {
    const owned = this.#ownedIndex.get(slot)
    return owned === undefined ? this.#columns[slot]! : this.#symbols[symbol]!.columns[owned]!
  }

  /** Makes room for rows [from, to), puts the source's columns there, and answers where they start. */
  #take(own: SymbolState, rows: BarRows, from: number, to: number): number {
    const { lookback } = this.#plan
    this.#select(own)
    if (own.length + to - from > lookback + this.#chunkRows) {
      const excess = own.length - lookback
      for (const column of own.columns) column.copyWithin(0, excess, own.length)
      own.length = lookback
    }
    const start = own.length
    this.#fillSources(rows, from, to, start)
    own.length += to - from
    own.seen += to - from
    own.newest = rows.time[to - 1]!
    return start
  }

  #fillSources(rows: BarRows, from: number, to: number, start: number): void {
    for (const { name, slot } of this.#plan.sources) {
      const source = sourceColumn(rows, name)
      const column = this.#columns[slot]!
      for (let i = from; i < to; i++) column[start + i - from] = source[i]!
    }
  }
}

/**
 * A whole panel in one batch. Symbols that do not see each other take turns in the memory of one; each block's `symbol` is its
 * index in `rows`.
 */
export function evaluatePanel(
  plan: Plan,
  rows: readonly BarRows[],
  groups: Int32Array,
  emit: Emit,
): void {
  if (looksAcross(plan)) {
    new FeatureEvaluation(plan, groups).append(rows, emit)
    return
  }
  const evaluation = new FeatureEvaluation(plan, Int32Array.of(0))
  rows.forEach((own, symbol) => {
    if (symbol > 0) evaluation.reset(0)
    evaluation.append([own], (block) => {
      emit({ ...block, symbol })
    })
  })
}

/** Decision moments are a column too, `$time`, milliseconds. */
function sourceColumn(rows: BarRows, name: string): Float64Array {
  const column = name === 'time' ? rows.time : rows.columns[name]
  if (column === undefined)
    throw unknownName('column', name, ['time', ...Object.keys(rows.columns)])
  return column
}

function segmentsOf(plan: Plan): Segment[] {
  const segments: { from: number; to: number; cross: CrossStep | undefined; slots: number[] }[] = []
  let open = { from: 0, to: 0, cross: undefined as CrossStep | undefined, slots: sourceSlots(plan) }
  for (const step of plan.steps) {
    if (step.kind === 'series') {
      open.to++
      open.slots.push(...step.outs)
      continue
    }
    open.cross = step
    segments.push(open)
    open = { from: open.to, to: open.to, cross: undefined, slots: [step.out] }
  }
  segments.push(open)
  return segments.map(({ slots, ...segment }) => ({
    ...segment,
    features: plan.outputs.flatMap((slot, feature) => (slots.includes(slot) ? [feature] : [])),
  }))
}

function sourceSlots(plan: Plan): number[] {
  return [...plan.sources, ...plan.constants].map(({ slot }) => slot)
}

/** Slots that are read back, or in a later segment than they were made in: scratch would hold another symbol's rows by then. */
function ownedSlots(plan: Plan): Set<number> {
  const owned = new Set<number>()
  plan.retained.forEach((retained, slot) => {
    if (retained === 1) owned.add(slot)
  })
  const madeIn = new Map(sourceSlots(plan).map((slot) => [slot, 0]))
  let segment = 0
  for (const step of plan.steps) {
    if (step.kind === 'cross') {
      // Its inputs wait for all symbols, its output is written symbol by symbol.
      for (const slot of [...step.inputs, step.out]) owned.add(slot)
      madeIn.set(step.out, ++segment)
      continue
    }
    for (const slot of step.inputs) if (madeIn.get(slot) !== segment) owned.add(slot)
    for (const slot of step.outs) madeIn.set(slot, segment)
  }
  for (const { slot } of plan.constants) owned.delete(slot)
  return owned
}

/** Where a chunk of whole moments ends in each symbol's rows: at most `chunkRows` moments from the first that is left. */
function chunkEnds(
  rows: readonly (BarRows | undefined)[],
  taken: readonly number[],
  chunkRows: number,
): number[] {
  let until = Infinity
  rows.forEach((added, symbol) => {
    const last = added?.time[taken[symbol]! + chunkRows - 1]
    if (last !== undefined) until = Math.min(until, last)
  })
  return rows.map((added, symbol) => {
    let end = taken[symbol]!
    while (added !== undefined && end < added.time.length && added.time[end]! <= until) end++
    return end
  })
}
