/**
 * Histograms. A row's gradient and hessian are fixed-point numbers, packed in one int64 (gradient above, hessian below), so that counting a
 * row into a cell is one integer addition and the sums do not depend on the order or on who adds them.
 *
 * A packed cell is at (feature * 256 + code) * 8 bytes. A histogram holds the same sums as exact integers in pairs (gradient, hessian) of
 * float64, the pair of a code at (feature * 256 + code) * 16 bytes. Features come in groups of 8. `countsAt`: codes used by each feature.
 */

/** Rows that are gathered before they are counted, so that their codes and the 16 KiB of cells of a group share the nearest cache. */
const gatheredRows = 256
/** Groups that are gathered at once: 64 bytes of a row. */
const gatheredGroups = 8
/** Consecutive rows after which counting moves on to the next group, so that their codes are still near. */
const blockRows = 512

/**
 * Counts the rows listed in rowsAt[from, to) into the packed cells of groups [firstGroup, endGroup). Rows lie far apart, so their lines are first
 * touched, with nothing in between that would wait for one of them; then pairs and codes are gathered, then counted group by group. scratchAt takes
 * 18 KiB. The answer only keeps the touching alive.
 */
export function countRows(
  binsAt: usize, stride: i32, packedAt: usize, rowsAt: usize, from: i32, to: i32, firstGroup: i32, endGroup: i32, cellsAt: usize, scratchAt: usize,
): i32 {
  let touched: i32 = 0
  for (let block = from; block < to; block += gatheredRows) {
    const first = rowsAt + (<usize>block << 2)
    const last = rowsAt + (<usize>min(block + gatheredRows, to) << 2)
    const endPair = scratchAt + ((last - first) << 1)
    for (let chunk = firstGroup; chunk < endGroup; chunk += gatheredGroups) {
      const groups = min(gatheredGroups, endGroup - chunk)
      const codesAt = binsAt + (<usize>chunk << 3)
      for (let at = first; at < last; at += 4) touched += load<u8>(codesAt + <usize>load<u32>(at) * <usize>stride)
      let pair = scratchAt
      let out = endPair
      for (let at = first; at < last; at += 4) {
        const row = <usize>load<u32>(at)
        store<i64>(pair, load<i64>(packedAt + (row << 3)))
        const codes = codesAt + row * <usize>stride
        v128.store(out, v128.load(codes))
        if (groups > 2) v128.store(out, v128.load(codes, 16), 16)
        if (groups > 4) v128.store(out, v128.load(codes, 32), 32)
        if (groups > 6) v128.store(out, v128.load(codes, 48), 48)
        pair += 8
        out += 64
      }
      for (let group = 0; group < groups; group++) {
        countCodes(endPair + (<usize>group << 3), 64, scratchAt, endPair, cellsAt + (<usize>(chunk + group) << 14))
      }
    }
  }
  return touched
}

/** Counts the rows [from, to) themselves, as countRows counts listed ones. */
export function countRange(
  binsAt: usize, stride: i32, packedAt: usize, from: i32, to: i32, firstGroup: i32, endGroup: i32, cellsAt: usize,
): void {
  for (let block = from; block < to; block += blockRows) {
    const codes = binsAt + <usize>block * <usize>stride
    const pair = packedAt + (<usize>block << 3)
    const endPair = packedAt + (<usize>min(block + blockRows, to) << 3)
    for (let group = firstGroup; group < endGroup; group++) {
      countCodes(codes + (<usize>group << 3), stride, pair, endPair, cellsAt + (<usize>group << 14))
    }
  }
}

/** Adds each of the pairs to the cells of its eight codes, which lie `apart` bytes from those of the next. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function countCodes(code: usize, apart: usize, firstPair: usize, endPair: usize, cell: usize): void {
  for (let at = firstPair; at < endPair; at += 8) {
    const pair = load<i64>(at)
    const a = cell + (<usize>load<u8>(code) << 3)
    store<i64>(a, load<i64>(a) + pair)
    const b = cell + (<usize>load<u8>(code, 1) << 3)
    store<i64>(b, load<i64>(b, 2048) + pair, 2048)
    const c = cell + (<usize>load<u8>(code, 2) << 3)
    store<i64>(c, load<i64>(c, 4096) + pair, 4096)
    const d = cell + (<usize>load<u8>(code, 3) << 3)
    store<i64>(d, load<i64>(d, 6144) + pair, 6144)
    const e = cell + (<usize>load<u8>(code, 4) << 3)
    store<i64>(e, load<i64>(e, 8192) + pair, 8192)
    const f = cell + (<usize>load<u8>(code, 5) << 3)
    store<i64>(f, load<i64>(f, 10240) + pair, 10240)
    const g = cell + (<usize>load<u8>(code, 6) << 3)
    store<i64>(g, load<i64>(g, 12288) + pair, 12288)
    const h = cell + (<usize>load<u8>(code, 7) << 3)
    store<i64>(h, load<i64>(h, 14336) + pair, 14336)
    code += apart
  }
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
