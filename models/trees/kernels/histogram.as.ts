/**
 * Histograms. A row's gradient and hessian are fixed-point numbers, packed in one int64 (gradient above, hessian below), so that counting a
 * row into a cell is one integer addition and the sums do not depend on the order or on who adds them.
 *
 * A packed cell is at (feature * 256 + code) * 8 bytes. A histogram holds the same sums as exact integers in pairs (gradient, hessian) of
 * float64, the pair of a code at (feature * 256 + code) * 16 bytes. Features come in groups of 8. `countsAt`: codes used by each feature.
 */

/** Rows after which the sums of a block move on to the next features, so that rows and cells both stay in the nearest cache. */
const blockRows = 1024
/** Groups whose cells, 16 KiB each, are filled together. */
const blockGroups = 4
/** How many rows ahead the codes of a row are touched. */
const ahead: usize = 16

/** Counts the rows listed in rowsAt[from, to) into the packed cells of groups [firstGroup, endGroup). The answer only keeps the touching alive. */
export function countRows(
  binsAt: usize, stride: i32, packedAt: usize, rowsAt: usize, from: i32, to: i32, firstGroup: i32, endGroup: i32, cellsAt: usize,
): i32 {
  let touched: i32 = 0
  for (let block = from; block < to; block += blockRows) {
    const first = rowsAt + (<usize>block << 2)
    const last = rowsAt + (<usize>min(block + blockRows, to) << 2)
    for (let group = firstGroup; group < endGroup; group += blockGroups) {
      const firstBin = binsAt + (<usize>group << 3)
      const width = <usize>min(endGroup - group, blockGroups) << 3
      const firstCell = cellsAt + (<usize>group << 14)
      for (let at = first; at < last; at += 4) {
        const next = <usize>load<u32>(min(at + (ahead << 2), last - 4))
        touched += <i32>load<u8>(firstBin + next * <usize>stride)
        const row = <usize>load<u32>(at)
        const pair = load<i64>(packedAt + (row << 3))
        let bin = firstBin + row * <usize>stride
        const end = bin + width
        let cell = firstCell
        while (bin < end) {
          countGroup(bin, cell, pair)
          bin += 8
          cell += 16384
        }
      }
    }
  }
  return touched
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function countGroup(bin: usize, cell: usize, pair: i64): void {
  const low = load<u32>(bin)
  const high = load<u32>(bin, 4)
  const a = cell + ((low << 3) & 0x7f8)
  const b = cell + ((low >> 5) & 0x7f8)
  const c = cell + ((low >> 13) & 0x7f8)
  const d = cell + ((low >> 21) & 0x7f8)
  store<i64>(a, load<i64>(a) + pair)
  store<i64>(b, load<i64>(b, 2048) + pair, 2048)
  store<i64>(c, load<i64>(c, 4096) + pair, 4096)
  store<i64>(d, load<i64>(d, 6144) + pair, 6144)
  const e = cell + ((high << 3) & 0x7f8)
  const f = cell + ((high >> 5) & 0x7f8)
  const g = cell + ((high >> 13) & 0x7f8)
  const h = cell + ((high >> 21) & 0x7f8)
  store<i64>(e, load<i64>(e, 8192) + pair, 8192)
  store<i64>(f, load<i64>(f, 10240) + pair, 10240)
  store<i64>(g, load<i64>(g, 12288) + pair, 12288)
  store<i64>(h, load<i64>(h, 14336) + pair, 14336)
}

/** Empties the packed cells of features [first, end) into a histogram: adds to it, or begins it where `add` is 0. */
export function foldCells(cellsAt: usize, countsAt: usize, first: i32, end: i32, histogramAt: usize, add: i32): void {
  const zero = i64x2.splat(0)
  for (let feature = first; feature < end; feature++) {
    let cell = cellsAt + (<usize>feature << 11)
    let pair = histogramAt + (<usize>feature << 12)
    const last = cell + (<usize>load<i32>(countsAt + (<usize>feature << 2)) << 3)
    while (cell < last) {
      const two = v128.load(cell)
      v128.store(cell, zero)
      let low = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(two, two, 1, 0, 1, 0))
      let high = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(two, two, 3, 2, 3, 2))
      if (add) {
        low = f64x2.add(low, v128.load(pair))
        high = f64x2.add(high, v128.load(pair, 16))
      }
      v128.store(pair, low)
      v128.store(pair, high, 16)
      cell += 16
      pair += 32
    }
  }
}

/** Takes one histogram from another, in place, for features [first, end): the larger child is its parent less the smaller child. */
export function subtractHistogram(fromAt: usize, takenAt: usize, countsAt: usize, first: i32, end: i32): void {
  for (let feature = first; feature < end; feature++) {
    let at = fromAt + (<usize>feature << 12)
    let taken = takenAt + (<usize>feature << 12)
    const last = at + (<usize>load<i32>(countsAt + (<usize>feature << 2)) << 4)
    while (at < last) {
      v128.store(at, f64x2.sub(v128.load(at), v128.load(taken)))
      at += 16
      taken += 16
    }
  }
}
