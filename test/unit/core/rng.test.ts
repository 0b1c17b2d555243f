/** Philox4x32-10 against the known answers of its authors, and the generator built on it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng, philox4x32 } from '../../../core/rng.ts'

const hex = (words: Iterable<number>) =>
  [...words].map((word) => word.toString(16).padStart(8, '0'))

describe('philox4x32-10', () => {
  // Random123 1.14, tests/kat_vectors, lines "philox4x32 10 …": counter, key, result.
  it.each<[string, [number, number, number, number], [number, number], string[]]>([
    ['zeros', [0, 0, 0, 0], [0, 0], ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']],
    [
      'ones',
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      ['408f276d', '41c83b0e', 'a20bc7c6', '6d5451fd'],
    ],
    [
      'digits of pi',
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      ['d16cfe09', '94fdcceb', '5001e420', '24126ea1'],
    ],
  ])('of %s', (_, counter, key, expected) => {
    expect(hex(philox4x32(counter, key))).toStrictEqual(expected)
  })

  it('equals the same cipher in BigInt arithmetic', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff })
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
        expect([...philox4x32(counter, key)]).toStrictEqual(reference(counter, key))
      }),
    )
  })

  function reference(counter: readonly number[], key: readonly number[]): number[] {
    const mask = 0xffffffffn
    let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint]
    let [k0, k1] = key.map(BigInt) as [bigint, bigint]
    for (let round = 0; round < 10; round++) {
      const a = 0xd2511f53n * c0
      const b = 0xcd9e8d57n * c2
      ;[c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, b & mask, (a >> 32n) ^ c3 ^ k1, a & mask]
      k0 = (k0 + 0x9e3779b9n) & mask
      k1 = (k1 + 0xbb67ae85n) & mask
    }
    return [c0, c1, c2, c3].map(Number)
  }
})

describe('streams', () => {
  const draw = (rng: ReturnType<typeof createRng>, n = 8) =>
    Array.from({ length: n }, () => rng.uint32())

  it('starts with the block of counter 0 under the seed', () => {
    expect(draw(createRng(0), 4)).toStrictEqual([...philox4x32([0, 0, 0, 0], [0, 0])])
    const seed = 2 ** 53 - 1
    expect(draw(createRng(seed), 4)).toStrictEqual([
      ...philox4x32([0, 0, 0, 0], [0xffffffff, 0x1fffff]),
    ])
    expect(draw(createRng(0), 8).slice(4)).toStrictEqual([...philox4x32([1, 0, 0, 0], [0, 0])])
  })

  it('gives a named stream the same numbers, whatever was drawn before', () => {
    const one = createRng(7)
    const two = createRng(7)
    draw(two, 5)
    draw(two.stream('other'), 3)
    expect(draw(two.stream('dropout'))).toStrictEqual(draw(one.stream('dropout')))
  })

  it('gives different names and seeds different numbers', () => {
    const starts = [1, 2, 3].flatMap((seed) =>
      ['', 'a', 'b', 'a/b'].map((name) => draw(createRng(seed).stream(name), 2).join()),
    )
    expect(new Set(starts).size).toBe(starts.length)
    expect(draw(createRng(1).stream('a').stream('b'))).not.toStrictEqual(
      draw(createRng(1).stream('a/b')),
    )
  })

  it.each([-1, 0.5, NaN, 2 ** 53])('refuses the seed %d', (seed) => {
    expect(() => createRng(seed)).toThrow('seed must be an integer from 0 to 2^53 − 1')
  })
})

describe('distributions', () => {
  it('uniform lies in [0, 1) with the moments of a uniform', () => {
    const rng = createRng(11)
    const n = 100_000
    const values = Array.from({ length: n }, () => rng.uniform())
    expect(Math.min(...values.slice(0, 1e5))).toBeGreaterThanOrEqual(0)
    expect(values.every((value) => value < 1)).toBe(true)
    const mean = values.reduce((a, b) => a + b) / n
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / n
    // Five standard errors: sqrt(1/12/n) = 9.1e-4; of the variance sqrt(1/180/n) = 2.4e-4.
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * 9.2e-4)
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * 2.4e-4)
  })

  it('normal has mean 0, variance 1, no skew, kurtosis 3', () => {
    const rng = createRng(12)
    const n = 100_000
    const values = Array.from({ length: n }, () => rng.normal())
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / n
    // Standard errors of the raw moments of a normal: sqrt((m2k − mk²)/n).
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / n))
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n))
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / n))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n))
    // The two values of one Box-Muller pair do not go together.
    let pairs = 0
    for (let i = 0; i < n; i += 2) pairs += values[i]! * values[i + 1]!
    expect(Math.abs(pairs / (n / 2))).toBeLessThan(5 * Math.sqrt(2 / n))
  })

  it('integer hits every value equally often', () => {
    const rng = createRng(13)
    const n = 60_000
    const counts = new Array<number>(6).fill(0)
    for (let i = 0; i < n; i++) counts[rng.integer(6)]!++
    const chi2 = counts.reduce((sum, count) => sum + (count - n / 6) ** 2 / (n / 6), 0)
    // 99.99 % of chi-square with 5 degrees of freedom: R qchisq(.9999, 5) = 25.74.
    expect(chi2).toBeLessThan(25.74)
  })

  it('integer stays in range, also for ranges that divide nothing', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, n) => {
        const value = createRng(seed).integer(n)
        expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true)
      }),
    )
    expect(() => createRng(1).integer(0)).toThrow('n must be')
  })

  it('permutation holds every index once, and moves the first one anywhere', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 200 }), (seed, n) => {
        expect([...createRng(seed).permutation(n)].sort((a, b) => a - b)).toStrictEqual(
          Array.from({ length: n }, (_, i) => i),
        )
      }),
    )
    const rng = createRng(14)
    const places = new Array<number>(4).fill(0)
    for (let i = 0; i < 8_000; i++) places[rng.permutation(4).indexOf(0)]!++
    // 8000 draws over 4 places: standard deviation 38.7; five of them.
    for (const count of places) expect(Math.abs(count - 2_000)).toBeLessThan(194)
  })
})
