/**
 * Snapshot: the state of operators as bytes. State is plain data whose layout follows from code and parameters, so a snapshot
 * is its numbers in order, float64 little-endian, and restoring fills a state made anew. What checks that both are of the same
 * code is the plan's fingerprint in the header that `FeatureStream` writes.
 */
import { check } from '../core/checks.ts'

type NumberArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array

export class StateWriter {
  readonly #numbers: number[] = []

  put(state: unknown): void {
    visit(state, {
      number: (value) => {
        this.#numbers.push(value)
        return value
      },
      array: (values) => {
        for (const value of values) this.#numbers.push(value)
      },
    })
  }

  bytes(): Uint8Array {
    return new Uint8Array(Float64Array.from(this.#numbers).buffer)
  }
}

export class StateReader {
  readonly #numbers: Float64Array
  #next = 0

  /** `bytes` as `StateWriter` gave them. */
  constructor(bytes: Uint8Array) {
    check(bytes.byteLength % 8 === 0, 'snapshot', 'whole numbers of 8 bytes', bytes.byteLength)
    this.#numbers = new Float64Array(new Uint8Array(bytes).buffer)
  }

  /** Fills a state made by the same code with what was written; a number by itself is answered. */
  take(state: unknown): unknown {
    return visit(state, {
      number: () => this.#number(),
      array: (values) => {
        for (let k = 0; k < values.length; k++) values[k] = this.#number()
      },
    })
  }

  /** @throws INVALID_VALUE where numbers are left: the snapshot is of other code. */
  end(): void {
    check(
      this.#next === this.#numbers.length,
      'snapshot',
      `${this.#next} numbers`,
      this.#numbers.length,
    )
  }

  #number(): number {
    check(this.#next < this.#numbers.length, 'snapshot', 'longer', this.#numbers.length)
    return this.#numbers[this.#next++]!
  }
}

/** Copies what `from` holds into a state of the same layout; answers it, as a number by itself is its own value. */
export function copyState(from: unknown, into: unknown): unknown {
  if (typeof from !== 'object' || from === null) return from
  if (ArrayBuffer.isView(from)) (into as NumberArray).set(from as NumberArray)
  else {
    const fields = into as Record<string, unknown>
    for (const [key, value] of Object.entries(from)) fields[key] = copyState(value, fields[key])
  }
  return into
}

/**
 * Moves the float64 arrays of states into one buffer: hundreds of small buffers a symbol cost more than what is in them. Arrays
 * that another state of the same operators shares (`beside`) never change and stay where they are.
 */
export function packArrays(states: readonly unknown[], beside: readonly unknown[]): void {
  const places: { holder: Record<string, unknown>; key: string; values: Float64Array }[] = []
  const find = (state: unknown, other: unknown): void => {
    if (typeof state !== 'object' || state === null || ArrayBuffer.isView(state)) return
    const holder = state as Record<string, unknown>
    for (const [key, value] of Object.entries(holder)) {
      const twin = (other as Record<string, unknown>)[key]
      if (value === twin) continue
      if (value instanceof Float64Array) places.push({ holder, key, values: value })
      else find(value, twin)
    }
  }
  find(states, beside)
  const packed = new Float64Array(places.reduce((sum, { values }) => sum + values.length, 0))
  let at = 0
  for (const { holder, key, values } of places) {
    const own = packed.subarray(at, at + values.length)
    own.set(values)
    holder[key] = own
    at += values.length
  }
}

interface Visitor {
  number(value: number): number
  array(values: NumberArray): void
}

function visit(state: unknown, visitor: Visitor): unknown {
  if (typeof state === 'number') return visitor.number(state)
  if (state === null) return state
  check(
    typeof state === 'object',
    'state of an operator',
    'numbers, arrays and objects of them',
    state,
  )
  if (ArrayBuffer.isView(state)) visitor.array(state as NumberArray)
  else {
    const fields = state as Record<string, unknown>
    for (const key of Object.keys(fields)) fields[key] = visit(fields[key], visitor)
  }
  return state
}
