/**
 * Evaluation of a plan over symbols, batch and stream in one code path: rows are appended to each symbol's columns in chunks,
 * every step advances over the new rows, and each feature's new values are handed to the caller. A batch appends long chunks,
 * a stream one moment at a time; rows that no step can reach any more are dropped.
 *
 * What a symbol costs is the look-back of a few columns and the state of its operators: see layout.ts.
 */
import { check, unknownName } from '../core/checks.ts'
import { kernels } from './kernels/memory.ts'
import { evict, forget, layoutOf, settle, type Layout, type Segment } from './layout.ts'
import { looksAcross, type CrossStep, type Plan } from './plan.ts'
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
  /** The columns it owns and the states of its kernels, as its plan's layout has them. */
  readonly image: Float64Array
  /** States of the other steps; those of operators of one row are the same for all symbols. */
  readonly states: unknown[]
}

/** Whether rows are being computed: there is one memory for them. */
let running = false

export class FeatureEvaluation {
  readonly #plan: Plan
  readonly #layout: Layout
  readonly #across: boolean
  readonly #groups: Int32Array
  readonly #chunkRows: number
  readonly #symbols: SymbolState[]
  /** States as they were before any row. */
  readonly #fresh: readonly unknown[]

  /**
   * `groups`: group (sector) of each symbol, for operators across the section. `chunkRows`: rows advanced over at once, a
   * matter of speed and memory alone.
   */
  constructor(plan: Plan, groups: Int32Array, { chunkRows = 512 } = {}) {
    this.#plan = plan
    this.#layout = layoutOf(plan, chunkRows)
    this.#across = looksAcross(plan)
    this.#groups = groups
    this.#chunkRows = chunkRows
    const { operators, fresh } = this.#layout
    this.#fresh = operators.map(({ operator, params }): unknown => operator.state(params, plan))
    this.#symbols = Array.from(groups, () => {
      const states = operators.map(({ operator, params }, k): unknown =>
        operator.memory === 'row' ? this.#fresh[k] : operator.state(params, plan),
      )
      packArrays(states, this.#fresh)
      return { length: 0, seen: 0, newest: NaN, image: Float64Array.from(fresh), states }
    })
  }

  /**
   * Appends each symbol's new rows (undefined = none) and hands out every feature's values for them. Operators across symbols
   * see the rows of one call only, so a moment must arrive whole.
   * @throws INVALID_VALUE where rows do not follow the newest ones; nothing is appended then.
   */
  append(rows: readonly (BarRows | undefined)[], emit: Emit): void {
    this.#checkRows(rows)
    if (running) throw new Error('what takes features while they are computed computes none')
    running = true
    try {
      this.#append(rows, emit)
    } finally {
      running = false
    }
  }

  #append(rows: readonly (BarRows | undefined)[], emit: Emit): void {
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
    forget(own.image)
    own.image.set(this.#layout.fresh)
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
    const { image } = own
    evict()
    const states = own.states.map((state, k) => (state === this.#fresh[k] ? null : state))
    return {
      data: { head, image, states },
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
      const segment = this.#layout.segments[0]!
      this.#advanceSteps(own, segment, start)
      const { features, columns } = segment
      const count = to - from
      emit({ symbol, features, columns, offset: start, row: own.seen - count, count })
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
    for (const [index, segment] of this.#layout.segments.entries()) {
      const { cross, features, columns } = segment
      this.#symbols.forEach((own, symbol) => {
        if (counts[symbol] === 0) return
        const start = starts[symbol]!
        settle(this.#layout, own.image)
        // Shared scratch of an earlier symbol is in the columns that the sources fill.
        if (index === 0) this.#fillSources(rows[symbol]!, taken[symbol]!, ends[symbol]!, start)
        this.#advanceSteps(own, segment, start)
        const count = counts[symbol]!
        emit({ symbol, features, columns, offset: start, row: own.seen - count, count })
      })
      if (cross !== undefined) this.#advanceCross(cross, rows, taken, ends, starts)
    }
  }

  #advanceSteps(own: SymbolState, { parts }: Segment, start: number): void {
    for (const part of parts) {
      if (part.kind === 'kernels') kernels.run(part.from, part.end, start, own.length)
      else part.operator.advance(own.states[part.index], part.inputs, start, own.length, part.outs)
    }
  }

  #advanceCross(
    { operator, params, inputs, out }: CrossStep,
    rows: readonly (BarRows | undefined)[],
    taken: readonly number[],
    ends: readonly number[],
    starts: readonly number[],
  ): void {
    // All symbols' columns are looked at, each in its own image.
    evict()
    const { places } = this.#layout
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
        const { image } = this.#symbols[symbol]!
        inputs.forEach((slot, k) => (section[k]![present.length] = image[places[slot]! + row]!))
        groups[present.length] = this.#groups[symbol]!
        present.push(symbol)
      })
      const count = present.length
      const own = section.map((column) => column.subarray(0, count))
      operator.evaluate(own, groups.subarray(0, count), params, values.subarray(0, count))
      present.forEach((symbol, k) => {
        const row = starts[symbol]! + cursors[symbol]! - taken[symbol]!
        this.#symbols[symbol]!.image[places[out]! + row] = values[k]!
        cursors[symbol]!++
      })
    }
  }

  /** Makes room for rows [from, to), puts the source's columns there, and answers where they start. */
  #take(own: SymbolState, rows: BarRows, from: number, to: number): number {
    const { lookback } = this.#plan
    const { image, capacity, ownedColumns } = this.#layout
    settle(this.#layout, own.image)
    if (own.length + to - from > capacity) {
      const excess = own.length - lookback
      for (let at = 0; at < ownedColumns; at += capacity)
        image.copyWithin(at, at + excess, at + own.length)
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
      const column = this.#layout.columns[slot]!
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
