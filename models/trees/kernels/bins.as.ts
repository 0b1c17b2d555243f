/** Binning: a column's values in order, their codes, and the codes of eight columns side by side. */

/**
 * Sorts a column: the known values of valuesAt[0, rows) (float32, NaN for missing), each with its weight (float32 at weightsAt), ascending in pairs
 * (value, weight) at pairsAt. Returns how many are known. Three stable passes of a radix sort over 11 bits; scratchAt takes as many pairs, countsAt
 * 3 × 2048 int32. −0 counts as 0.
 */
export function sortColumn(valuesAt: usize, weightsAt: usize, rows: i32, pairsAt: usize, scratchAt: usize, countsAt: usize): i32 {
  memory.fill(countsAt, 0, 24576)
  let known = 0
  for (let row = 0; row < rows; row++) {
    const value = load<f32>(valuesAt + (<usize>row << 2)) + 0
    if (value != value) continue
    const bits = reinterpret<u32>(value)
    // Ascending as unsigned integers: negative numbers turned round, positive ones above them.
    const key = bits ^ (<u32>(<i32>bits >> 31) | 0x80000000)
    store<u32>(pairsAt + (<usize>known << 3), key)
    store<u32>(pairsAt + (<usize>known << 3), load<u32>(weightsAt + (<usize>row << 2)), 4)
    tally(countsAt + ((key & 2047) << 2))
    tally(countsAt + 8192 + (((key >> 11) & 2047) << 2))
    tally(countsAt + 16384 + ((key >> 22) << 2))
    known++
  }
  let from = pairsAt
  let to = scratchAt
  for (let pass = 0; pass < 3; pass++) {
    const counts = countsAt + (<usize>pass << 13)
    let place = 0
    for (let at = counts; at < counts + 8192; at += 4) {
      const count = load<i32>(at)
      store<i32>(at, place)
      place += count
    }
    const shift = pass * 11
    const end = from + (<usize>known << 3)
    for (let at = from; at < end; at += 8) {
      const pair = load<u64>(at)
      const slot = counts + <usize>((((<u32>pair) >> shift) & 2047) << 2)
      const place = load<u32>(slot)
      store<u32>(slot, place + 1)
      store<u64>(to + (<usize>place << 3), pair)
    }
    const other = from
    from = to
    to = other
  }
  for (let i: usize = 0; i < <usize>known; i++) {
    const key = load<u32>(from + (i << 3))
    const bits = key ^ (<u32>(<i32>~key >> 31) | 0x80000000)
    store<u32>(to + (i << 3), bits)
    store<u32>(to + (i << 3), load<u32>(from + (i << 3), 4), 4)
  }
  return known
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function tally(at: usize): void {
  store<i32>(at, load<i32>(at) + 1)
}

/** Codes of valuesAt[0, rows): the number of cuts (256 float32, padded with NaN) at or below the value, `missing` for NaN. */
export function codeColumn(valuesAt: usize, rows: i32, cutsAt: usize, missing: i32, columnAt: usize): void {
  for (let row = 0; row < rows; row++) {
    const value = load<f32>(valuesAt + (<usize>row << 2))
    let at = cutsAt
    for (let half: usize = 512; half >= 4; half >>= 1) at += half * <usize>(load<f32>(at + half - 4) <= value)
    store<u8>(columnAt + <usize>row, select(missing, <i32>((at - cutsAt) >> 2), value != value))
  }
}

/** Puts a group of eight columns of codes, `rows` bytes apart, side by side into the rows at binsAt. */
export function interleaveColumns(columnsAt: usize, rows: i32, binsAt: usize, stride: i32, group: i32): void {
  const apart = <usize>rows
  let out = binsAt + (<usize>group << 3)
  const first = columnsAt + (<usize>group << 3) * apart
  for (let at = first; at < first + apart; at++) {
    let eight: u64 = 0
    let column = at
    for (let k: u64 = 0; k < 64; k += 8) {
      eight |= <u64>load<u8>(column) << k
      column += apart
    }
    store<u64>(out, eight)
    out += <usize>stride
  }
}
