/** The compiled kernels against their plain TypeScript reference, bit by bit, on the same bytes of memory. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadKernels, type Kernels } from '../../../models/trees/kernels/kernels.ts'
import { referenceKernels } from '../../../models/trees/kernels/reference.ts'

const at = {
  bins: 0,
  gradients: 1024,
  rows: 2048,
  scratch: 3072,
  counts: 4096,
  mask: 4160,
  split: 4224,
  nodes: 4288,
  margins: 5120,
  first: 8192,
  second: 65_536,
}
const rowCount = 40

interface Given {
  readonly features: number
  readonly bins: readonly number[]
  readonly gradients: readonly number[]
  readonly hessians: readonly number[]
  readonly rows: readonly number[]
  readonly mask: readonly number[]
  readonly counts: readonly number[]
}

const problem: fc.Arbitrary<Given> = fc.integer({ min: 1, max: 9 }).chain((features) =>
  fc.record({
    features: fc.constant(features),
    bins: fc.array(fc.constantFrom(0, 1, 2, 3, 4, 255), {
      minLength: rowCount * features,
      maxLength: rowCount * features,
    }),
    gradients: fc.array(fc.float({ min: -5, max: 5, noNaN: true }), {
      minLength: rowCount,
      maxLength: rowCount,
    }),
    hessians: fc.array(fc.float({ min: 0.25, max: 4, noNaN: true }), {
      minLength: rowCount,
      maxLength: rowCount,
    }),
    rows: fc.shuffledSubarray(
      Array.from({ length: rowCount }, (_, row) => row),
      { minLength: 2 },
    ),
    mask: fc.array(fc.constantFrom(0, 1), { minLength: features, maxLength: features }),
    counts: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: features, maxLength: features }),
  }),
)

/** Runs the same calls on both and returns both memories; results must agree as well. */
function onBoth(
  given: Given,
  run: (kernels: Kernels, view: DataView) => unknown,
): [Uint8Array, Uint8Array] {
  const both = [loadKernels, referenceKernels].map((open) => {
    const memory = new WebAssembly.Memory({ initial: 3 })
    const { buffer } = memory
    new Uint8Array(buffer, at.bins).set(given.bins)
    const pairs = new Float32Array(buffer, at.gradients)
    given.gradients.forEach((gradient, row) => pairs.set([gradient, given.hessians[row]!], 2 * row))
    new Int32Array(buffer, at.rows).set(given.rows)
    new Int32Array(buffer, at.counts).set(given.counts)
    new Uint8Array(buffer, at.mask).set(given.mask)
    const answer = run(open(memory), new DataView(buffer))
    // The compiled partition uses scratch memory, the reference has no need of it.
    new Uint8Array(buffer, at.scratch, 1024).fill(0)
    return { answer, bytes: new Uint8Array(buffer) }
  })
  expect(both[0]!.answer).toEqual(both[1]!.answer)
  return [both[0]!.bytes, both[1]!.bytes]
}

const same = ([compiled, reference]: [Uint8Array, Uint8Array]): boolean =>
  Buffer.compare(compiled, reference) === 0

describe('the tree kernels', () => {
  it('build a histogram, and take one from another', () => {
    fc.assert(
      fc.property(problem, (given) => {
        const { features, rows } = given
        const memories = onBoth(given, (kernels) => {
          kernels.buildHistogram(at.bins, features, at.gradients, at.rows, 0, rows.length, at.first)
          kernels.buildHistogram(
            at.bins,
            features,
            at.gradients,
            at.rows,
            1,
            rows.length,
            at.second,
          )
          kernels.subtractHistogram(at.first, at.second, features)
        })
        expect(same(memories)).toBe(true)
        // What is left is the first row alone, but for rounding: its pair in one bin of each feature.
        const pairs = new Float64Array(memories[0].buffer, at.first, 512 * features)
        for (let feature = 0; feature < features; feature++) {
          const bin = given.bins[rows[0]! * features + feature]!
          expect(pairs[2 * (256 * feature + bin)]).toBeCloseTo(
            Math.fround(given.gradients[rows[0]!]!),
            9,
          )
          expect(pairs[2 * (256 * feature + bin) + 1]).toBeCloseTo(
            Math.fround(given.hessians[rows[0]!]!),
            9,
          )
        }
      }),
    )
  })

  it('partition rows, keeping their order', () => {
    fc.assert(
      fc.property(
        problem,
        fc.nat(8),
        fc.nat(5),
        fc.constantFrom(0, 1),
        (given, column, bin, missingLeft) => {
          const { features, rows } = given
          const feature = column % features
          const memories = onBoth(given, (kernels) =>
            kernels.partitionRows(
              at.bins,
              features,
              at.rows,
              at.scratch,
              1,
              rows.length,
              feature,
              bin,
              missingLeft,
            ),
          )
          expect(same(memories)).toBe(true)
          const ordered = [...new Int32Array(memories[0].buffer, at.rows, rows.length)]
          const left = rows.slice(1).filter((row) => {
            const value = given.bins[row * features + feature]!
            return value === 255 ? missingLeft === 1 : value <= bin
          })
          expect(ordered.slice(0, 1 + left.length)).toEqual([rows[0], ...left])
        },
      ),
    )
  })

  it('find the same best split', () => {
    let found = 0
    fc.assert(
      fc.property(
        problem,
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0.1, max: 9, noNaN: true }),
        (given, lambda, least) => {
          const { features, rows } = given
          const total = (values: readonly number[]): number =>
            rows.reduce((sum, row) => sum + Math.fround(values[row]!), 0)
          const memories = onBoth(given, (kernels, view) => {
            kernels.buildHistogram(
              at.bins,
              features,
              at.gradients,
              at.rows,
              0,
              rows.length,
              at.first,
            )
            const sums = [total(given.gradients), total(given.hessians)] as const
            kernels.findSplit(
              at.first,
              features,
              at.counts,
              at.mask,
              ...sums,
              lambda,
              least,
              at.split,
            )
            const feature = view.getInt32(at.split + 24, true)
            if (feature >= 0) found++
            return feature
          })
          expect(same(memories)).toBe(true)
          const view = new DataView(memories[0].buffer)
          const feature = view.getInt32(at.split + 24, true)
          if (feature >= 0) {
            expect(given.mask[feature]).toBe(1)
            const leftHessian = view.getFloat64(at.split + 16, true)
            expect(
              Math.min(leftHessian, total(given.hessians) - leftHessian),
            ).toBeGreaterThanOrEqual(least)
          }
        },
      ),
    )
    expect(found).toBeGreaterThan(50)
  })

  it('add a tree to the margins of a range of rows', () => {
    fc.assert(
      fc.property(
        problem,
        fc.nat(8),
        fc.nat(4),
        fc.constantFrom(0, 1),
        (given, column, bin, missingLeft) => {
          const { features } = given
          const memories = onBoth(given, (kernels, view) => {
            const write = (node: number, ints: readonly number[], value: number): void => {
              ints.forEach((int, i) => view.setInt32(at.nodes + 24 * node + 4 * i, int, true))
              view.setFloat64(at.nodes + 24 * node + 16, value, true)
            }
            // Node 0 splits into leaf 1 and node 2, which splits into leaves 3 and 4.
            write(0, [column % features, bin, missingLeft, 1], 0)
            write(1, [-1, 0, 0, 0], 0.5)
            write(2, [0, 1, 0, 3], 0)
            write(3, [-1, 0, 0, 0], -2)
            write(4, [-1, 0, 0, 0], 4)
            kernels.addTree(at.nodes, at.bins, features, 3, rowCount, at.margins)
            kernels.addTree(at.nodes, at.bins, features, 5, rowCount, at.margins)
          })
          expect(same(memories)).toBe(true)
          const margins = new Float64Array(memories[0].buffer, at.margins, rowCount)
          expect([...margins.subarray(0, 3)]).toEqual([0, 0, 0])
          margins.subarray(5).forEach((margin) => expect([1, -4, 8]).toContain(margin))
        },
      ),
    )
  })
})
