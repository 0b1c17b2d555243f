/** Rows of one symbol as they stand in a file, in file order, in growing typed columns. */
import { dateForm } from './times.ts'

export const rawNumbers = [
  'open',
  'high',
  'low',
  'close',
  'volume',
  'vwap',
  'trades',
  'knownAt',
] as const
export type RawNumber = (typeof rawNumbers)[number]

export interface RawRows {
  readonly length: number
  /** 1-based line in the file, or row where the file has no lines. */
  readonly line: Int32Array
  /** Milliseconds of the row's time, to be read by its form. */
  readonly time: Float64Array
  /** dateForm, wallForm or instantForm of each time. */
  readonly form: Uint8Array
  /** A number that is not there is NaN. */
  readonly numbers: Readonly<Record<RawNumber, Float64Array>>
}

/** Rows a block; the blocks are joined once at the end, so that growing copies nothing. */
const blockRows = 8192

/** Columns of some rows; public and mutable on purpose: the parser writes millions of values into them. */
export interface RawBlock {
  readonly line: Int32Array
  readonly time: Float64Array
  readonly form: Uint8Array
  /** In the order of `rawNumbers`. */
  readonly numbers: readonly Float64Array[]
}

export class RawRowsBuilder {
  /** Where the row that `next` answered is to be written. */
  block: RawBlock
  readonly #blocks: RawBlock[] = []
  #used = 0

  constructor() {
    this.block = newBlock(firstBlockRows)
    this.#blocks.push(this.block)
  }

  /** Makes room for one more row in `block` and answers its index there. */
  next(): number {
    if (this.#used === this.block.line.length) {
      this.block = newBlock(blockRows)
      this.#blocks.push(this.block)
      this.#used = 0
    }
    return this.#used++
  }

  end(): RawRows {
    const blocks = this.#blocks
    const length =
      blocks.reduce((sum, { line }) => sum + line.length, this.#used) - this.block.line.length
    const join = <T extends Int32Array | Float64Array | Uint8Array>(
      out: T,
      pick: (block: RawBlock) => T,
    ): T => {
      let at = 0
      for (const block of blocks) {
        const column = pick(block)
        out.set(at + column.length > length ? column.subarray(0, length - at) : column, at)
        at += column.length
      }
      return out
    }
    return {
      length,
      line: join(new Int32Array(length), (block) => block.line),
      time: join(new Float64Array(length), (block) => block.time),
      form: join(new Uint8Array(length), (block) => block.form),
      numbers: Object.fromEntries(
        rawNumbers.map((name, i) => [
          name,
          join(new Float64Array(length), (block) => block.numbers[i]!),
        ]),
      ) as Record<RawNumber, Float64Array>,
    }
  }
}

/** Small at first: a file of hundreds of symbols has a builder for each. */
const firstBlockRows = 512

function newBlock(rows: number): RawBlock {
  return {
    line: new Int32Array(rows),
    time: new Float64Array(rows),
    form: new Uint8Array(rows).fill(dateForm),
    numbers: rawNumbers.map(() => new Float64Array(rows).fill(NaN)),
  }
}
