/**
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC11, section 3.3; constants and known-answer vectors from the authors' Random123 library).
 *
 * A stream is a key; a draw is a counter. Splitting hashes the parent's key with a name, so `rng.stream('dropout')` gives
 * the same numbers whatever other streams were drawn from before, and in whatever order.
 */
import { createHash } from 'node:crypto'
import { check } from './checks.ts'

const multiplier0 = 0xd2511f53
const multiplier1 = 0xcd9e8d57
const weyl0 = 0x9e3779b9
const weyl1 = 0xbb67ae85

/** One Philox4x32-10 block: four 32-bit words of counter and two of key give four random words. */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array = new Uint32Array(4),
): Uint32Array {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(multiplier0, c0)
    const low0 = Math.imul(multiplier0, c0) >>> 0
    const high1 = multiplyHigh(multiplier1, c2)
    const low1 = Math.imul(multiplier1, c2) >>> 0
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + weyl0) >>> 0
    k1 = (k1 + weyl1) >>> 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
  return out
}

/** Upper 32 bits of a 32 × 32 bit product, by 16-bit halves, exact in doubles. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 65536)
  const carry = aLow * bHigh + (middle % 65536)
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0
}

export interface Rng {
  /** A generator of its own for one named consumer; independent of this one's position. */
  stream(name: string): Rng
  /** Uniform 32-bit unsigned integer. */
  uint32(): number
  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number
  /** Standard normal (Box-Muller, both values used). */
  normal(): number
  /** Uniform integer in [0, n), without modulo bias. */
  integer(n: number): number
  /** Fisher-Yates permutation of 0 … n − 1. */
  permutation(n: number): Int32Array
}

/** A generator for a 64-bit seed given as a safe integer ≥ 0. */
export function createRng(seed: number): Rng {
  check(Number.isSafeInteger(seed) && seed >= 0, 'seed', 'an integer from 0 to 2^53 − 1', seed)
  return new PhiloxRng([seed >>> 0, Math.floor(seed / 2 ** 32)])
}

class PhiloxRng implements Rng {
  readonly #key: readonly [number, number]
  readonly #block = new Uint32Array(4)
  #low = 0
  #high = 0
  #used = 4
  #spare: number | undefined

  constructor(key: readonly [number, number]) {
    this.#key = key
  }

  stream(name: string): Rng {
    const digest = createHash('sha256').update(`${this.#key[0]}/${this.#key[1]}/${name}`).digest()
    return new PhiloxRng([digest.readUInt32LE(0), digest.readUInt32LE(4)])
  }

  uint32(): number {
    if (this.#used === 4) {
      philox4x32([this.#low, this.#high, 0, 0], this.#key, this.#block)
      this.#low = (this.#low + 1) >>> 0
      if (this.#low === 0) this.#high = (this.#high + 1) >>> 0
      this.#used = 0
    }
    return this.#block[this.#used++]!
  }

  uniform(): number {
    const high = this.uint32() >>> 5
    const low = this.uint32() >>> 6
    return (high * 67108864 + low) / 9007199254740992
  }

  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare
      this.#spare = undefined
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.#spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  integer(n: number): number {
    check(Number.isInteger(n) && n > 0 && n <= 2 ** 32, 'n', 'an integer from 1 to 2^32', n)
    const limit = Math.floor(2 ** 32 / n) * n
    let draw = this.uint32()
    while (draw >= limit) draw = this.uint32()
    return draw % n
  }

  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const held = order[i]!
      order[i] = order[j]!
      order[j] = held
    }
    return order
  }
}
