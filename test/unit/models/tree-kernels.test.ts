/** The compiled kernels against their plain TypeScript reference, bit by bit, on the same bytes of memory. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gatherBytes } from '../../../models/trees/growth/layout.ts'
import { loadKernels, sharedMemory, type Kernels } from '../../../models/trees/kernels/kernels.ts'
import { referenceKernels } from '../../../models/trees/kernels/reference/reference.ts'

/** Two groups of eight features; 40 rows. */
const stride = 16
const rowCount = 40
const at = {
  bins: 1024,
  columns: 2048,
  pairs: 3072,
  packed: 4096,
  rows: 5120,
  scratch: 6144,
  counts: 7168,
  mask: 7296,
  out: 7360,
  table: 7680,
  nodes: 8192,
  margins: 9216,
  values: 10_240,
  weights: 11_264,
  cuts: 12_288,
  sorted: 14_336,
  tallies: 16_384,
  tables: 49_152,
  cells: 65_536,
  first: 131_072,
  second: 262_144,
  gathered: 393_216,
}
const levels = 6

interface Given {
  readonly codes: readonly number[]
  readonly pairs: readonly number[]
  readonly rows: readonly number[]
  readonly mask: readonly number[]
  readonly values: readonly number[]
}

const problem: fc.Arbitrary<Given> = fc.record({
  codes: fc.array(fc.integer({ min: 0, max: levels - 1 }), {
    minLength: rowCount * stride,
    maxLength: rowCount * stride,
  }),
  pairs: fc
    .array(
      fc.tuple(
        fc.float({ min: -5, max: 5, noNaN: true }),
        fc.float({ min: 0.25, max: 4, noNaN: true }),
      ),
      { minLength: rowCount, maxLength: rowCount },
    )
    .map((all) => all.flat()),
  rows: fc.shuffledSubarray(
    Array.from({ length: rowCount }, (_, row) => row),
    { minLength: 2 },
  ),
  mask: fc.array(fc.constantFrom(0, 1, 1, 2), { minLength: stride, maxLength: stride }),
  values: fc.array(fc.oneof(fc.float(), fc.constantFrom(0, -0, NaN, 1, 1, Infinity, -Infinity)), {
    minLength: rowCount,
    maxLength: rowCount,
  }),
})

/** Runs the same calls on both; answers and memories must agree, but for scratch. */
function expectSame(given: Given, run: (kernels: Kernels, view: DataView) => unknown): void {
  const [compiled, reference] = [loadKernels, referenceKernels].map((open) => {
    const memory = sharedMemory(8 * 65_536)
    const { buffer } = memory
    new Uint8Array(buffer, at.bins).set(given.codes)
    new Float32Array(buffer, at.pairs).set(given.pairs)
    new Int32Array(buffer, at.rows).set(given.rows)
    // The last code is that of what is missing.
    new Int32Array(buffer, at.counts, stride).fill(levels)
    new Uint8Array(buffer, at.mask).set(given.mask)
    new Float32Array(buffer, at.values).set(given.values)
    new Float32Array(buffer, at.weights, rowCount).fill(1.5)
    const answer = run(open(memory), new DataView(buffer))
    for (const scratch of [at.scratch, at.tallies]) new Uint8Array(buffer, scratch, 1024).fill(0)
    new Uint8Array(buffer, at.tallies, 24_576).fill(0)
    new Uint8Array(buffer, at.gathered, gatherBytes).fill(0)
    return { answer, bytes: Buffer.from(new Uint8Array(buffer)) }
  })
  expect(compiled!.answer).toEqual(reference!.answer)
  expect(Buffer.compare(compiled!.bytes, reference!.bytes)).toBe(0)
}

function always(run: (given: Given) => void): void {
  fc.assert(fc.property(problem, run), { numRuns: 60 })
}

/** A histogram of the rows [from, to) at `to`. */
function histogram(kernels: Kernels, from: number, to: number, histogramAt: number): void {
  kernels.packPairs(at.pairs, 0, rowCount, 2 ** 10, 2 ** 12, at.packed)
  kernels.countRows(at.bins, stride, at.packed, at.rows, from, to, 0, 2, at.cells, at.gathered)
  kernels.foldCells(at.cells, at.counts, 0, stride, histogramAt, 0)
}

describe('the compiled kernels', () => {
  it('pack, count and fold', () => {
    always((given) =>
      expectSame(given, (kernels) => {
        histogram(kernels, 0, given.rows.length, at.first)
        kernels.countRows(at.bins, stride, at.packed, at.rows, 0, 1, 1, 2, at.cells, at.gathered)
        kernels.countRange(at.bins, stride, at.packed, 3, rowCount, 0, 2, at.cells)
        kernels.foldCells(at.cells, at.counts, 8, 16, at.first, 1)
        kernels.largestPair(at.pairs, 0, rowCount, at.out)
      }),
    )
  })

  it('count rows of many groups, more than are gathered at once, whichever groups a thread has', () => {
    const [groups, rows] = [11, 700]
    const width = 8 * groups
    const [bins, packed, list, cells, scratch] = [64, 65_536, 81_920, 131_072, 393_216]
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
        fc.integer({ min: 0, max: groups - 1 }),
        fc.integer({ min: 1, max: groups }),
        fc.constantFrom(1, 2, 7),
        (draws, first, count, apart) => {
          const end = Math.min(groups, first + count)
          const given = Int32Array.from({ length: (rows * width) / 4 }, () =>
            Number(draws.next().value),
          )
          const [compiled, reference] = [loadKernels, referenceKernels].map((open) => {
            const memory = sharedMemory(8 * 65_536)
            const kernels = open(memory)
            new Int32Array(memory.buffer, bins, given.length).set(given)
            // Gradients of both signs, hessians above 0, small enough for their sums.
            const pairs = new Int32Array(memory.buffer, packed, 2 * rows)
            pairs.forEach((_, k) => (pairs[k] = k % 2 === 0 ? given[k]! >>> 12 : given[k]! >> 12))
            const rowList = new Int32Array(memory.buffer, list, Math.floor(rows / apart))
            rowList.forEach((_, k) => (rowList[k] = apart * k))
            const to = rowList.length
            kernels.countRows(bins, width, packed, list, 0, to, first, end, cells, scratch)
            kernels.countRange(bins, width, packed, 5, rows, first, end, cells)
            return new Int32Array(memory.buffer, cells, width * 512).slice()
          })
          expect(
            Buffer.compare(Buffer.from(compiled!.buffer), Buffer.from(reference!.buffer)),
          ).toBe(0)
        },
      ),
      { numRuns: 12 },
    )
  })

  it('count a row into exactly one cell a feature, and a sibling by subtraction is one by counting', () => {
    always((given) => {
      const memory = sharedMemory(8 * 65_536)
      const kernels = loadKernels(memory)
      new Uint8Array(memory.buffer, at.bins).set(given.codes)
      new Float32Array(memory.buffer, at.pairs).set(given.pairs)
      new Int32Array(memory.buffer, at.rows).set(given.rows)
      new Int32Array(memory.buffer, at.counts, stride).fill(levels)
      const middle = given.rows.length >> 1
      histogram(kernels, 0, given.rows.length, at.first)
      histogram(kernels, 0, middle, at.second)
      kernels.subtractHistogram(at.first, at.second, at.counts, 0, stride)
      histogram(kernels, middle, given.rows.length, at.second)
      const pairs = (from: number): Float64Array =>
        new Float64Array(memory.buffer, from, stride * 512)
      expect(pairs(at.first)).toEqual(pairs(at.second))
      for (let feature = 0; feature < stride; feature++) {
        const own = pairs(at.first).subarray(feature * 512, feature * 512 + 2 * levels)
        let hessian = 0
        for (let code = 0; code < levels; code++) hessian += own[2 * code + 1]!
        const expected = given.rows
          .slice(middle)
          .reduce((sum, row) => sum + Math.round(given.pairs[2 * row + 1]! * 2 ** 12), 0)
        expect(Math.abs(hessian - expected)).toBeLessThanOrEqual(given.rows.length / 2)
      }
    })
  })

  it('find splits', () => {
    always((given) =>
      expectSame(given, (kernels, view) => {
        histogram(kernels, 0, given.rows.length, at.first)
        let [gradient, hessian] = [0, 0]
        for (let code = 0; code < levels; code++) {
          gradient += view.getFloat64(at.first + 16 * code, true)
          hessian += view.getFloat64(at.first + 16 * code + 8, true)
        }
        view.setInt32(at.out + 24, -1, true)
        for (const [first, end] of [
          [0, 8],
          [8, 16],
        ] as const)
          kernels.findSplit(
            at.first,
            at.counts,
            at.mask,
            first,
            end,
            gradient,
            hessian,
            2 ** -10,
            2 ** -12,
            1,
            0.5,
            at.out,
          )
        return [view.getInt32(at.out + 24, true), view.getInt32(at.out + 32, true)]
      }),
    )
  })

  it('list, draw and part rows, and add them up', () => {
    always((given) =>
      expectSame(given, (kernels, view) => {
        given.codes.slice(0, 256).forEach((code, k) => view.setUint8(at.table + k, code & 1))
        const drawn = kernels.drawRows(at.scratch + 512, 3, rowCount, 123, 456, 2 ** 31)
        const middle = kernels.partitionRows(
          at.bins,
          at.rows,
          at.scratch,
          1,
          given.rows.length,
          at.table,
        )
        kernels.sumRows(at.pairs, at.rows, 0, given.rows.length, 2 ** 30, 2 ** 30, at.out)
        kernels.addToRows(at.margins, at.rows, 0, middle, 0.25)
        kernels.listRows(at.values, 2, 9)
        return [drawn, middle]
      }),
    )
  })

  it('draw the share that was asked for, the same whoever draws', () => {
    const memory = sharedMemory(8 * 65_536)
    const kernels = loadKernels(memory)
    const whole = kernels.drawRows(0, 0, 20_000, 9, 8, Math.round(0.3 * 2 ** 32))
    expect(Math.abs(whole - 6_000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.21))
    const drawn = new Int32Array(memory.buffer, 0, whole).slice()
    const half = kernels.drawRows(0, 7_777, 20_000, 9, 8, Math.round(0.3 * 2 ** 32))
    expect(new Int32Array(memory.buffer, 4 * 7_777, half)).toEqual(
      drawn.filter((row) => row >= 7_777),
    )
  })

  it('sort, code and interleave columns', () => {
    always((given) =>
      expectSame(given, (kernels, view) => {
        const args = [at.values, at.weights, rowCount, at.sorted, at.scratch, at.tallies] as const
        const known = kernels.sortColumn(...args)
        const cuts = new Float32Array(256).fill(NaN)
        const sorted = Array.from({ length: known }, (_, k) =>
          view.getFloat32(at.sorted + 8 * k, true),
        )
        cuts.set([...new Set(sorted)].slice(1).filter((_, k) => k % 2 === 0))
        cuts.forEach((cut, k) => view.setFloat32(at.cuts + 4 * k, cut, true))
        kernels.codeColumn(at.values, rowCount, at.cuts, 200, at.columns)
        kernels.interleaveColumns(at.columns, 60, at.margins, stride, 0)
        new Uint8Array(view.buffer, at.scratch, 1024).fill(0)
        return sorted
      }),
    )
  })

  it('walk rows down a tree, on codes and on values, one row or many', () => {
    always((given) =>
      expectSame(given, (kernels, view) => {
        // Three nodes on codes: feature 3, then leaves.
        for (const [k, [feature, left, value]] of [
          [3, 1, 0],
          [-1, 0, 0.5],
          [-1, 0, -2],
        ].entries()) {
          view.setInt32(at.nodes + 16 * k, feature!, true)
          view.setInt32(at.nodes + 16 * k + 4, left!, true)
          view.setFloat64(at.nodes + 16 * k + 8, value!, true)
        }
        given.codes.slice(0, 256).forEach((code, k) => view.setUint8(at.tables + k, code & 1))
        kernels.walkCodes(at.nodes, at.tables, at.bins, stride, 5, rowCount, at.margins)
        // The same on values: two columns, the second read by a node whose missing values go left.
        const trees = at.nodes + 64
        const node = at.nodes + 256
        const tree: [number, number, number, number][] = [
          [4 + 8, 0.5, node + 16, 0],
          [0, NaN, node, 1.25],
          [0, -0.25, node + 48, 0],
          [0, NaN, node + 32, -3],
          [0, NaN, node + 48, 7],
        ]
        tree.forEach(([offset, threshold, left, value], k) => {
          view.setInt32(node + 16 * k, offset, true)
          view.setFloat32(node + 16 * k + 4, threshold, true)
          view.setInt32(node + 16 * k + 8, left, true)
          view.setFloat32(node + 16 * k + 12, value, true)
        })
        for (let k = 0; k < 11; k++) {
          view.setInt32(trees + 8 * k, node, true)
          view.setInt32(trees + 8 * k + 4, 2, true)
        }
        const infinite = kernels.prepareRows(at.values, 2, 20, at.first)
        kernels.walkRows(trees, 11, at.first, 16, 19, 2, at.second)
        kernels.walkTrees(trees, 11, at.first + 16, 2, at.margins)
        return [
          infinite,
          view.getFloat64(at.second + 16, true),
          view.getFloat64(at.second + 24, true),
        ]
      }),
    )
  })
})
