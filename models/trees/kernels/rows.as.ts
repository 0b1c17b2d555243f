/** Loops over rows: fixed-point gradients, the two sides of a split, exact sums and margins of leaves. */

/** Greatest |gradient| and hessian of the float32 pairs [from, to): two float64 at outAt. */
export function largestPair(pairsAt: usize, from: i32, to: i32, outAt: usize): void {
  let most = f64x2.splat(0)
  const last = pairsAt + (<usize>to << 3)
  for (let at = pairsAt + (<usize>from << 3); at < last; at += 8) {
    most = f64x2.max(most, f64x2.abs(f64x2.promote_low_f32x4(v128.load64_zero(at))))
  }
  v128.store(outAt, most)
}

/** Packs the float32 pairs [from, to): each number times its scale, to the nearest integer (ties to even). */
export function packPairs(pairsAt: usize, from: i32, to: i32, gradientScale: f64, hessianScale: f64, packedAt: usize): void {
  const scales = f64x2(gradientScale, hessianScale)
  for (let row = from; row < to; row++) {
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(pairsAt + (<usize>row << 3)))
    const whole = i32x4.trunc_sat_f64x2_s_zero(f64x2.nearest(f64x2.mul(pair, scales)))
    v128.store64_lane(packedAt + (<usize>row << 3), v128.shuffle<i32>(whole, whole, 1, 0, 1, 0), 0)
  }
}

/** Lists the rows [from, to) in rowsAt, each at its own place. */
export function listRows(rowsAt: usize, from: i32, to: i32): void {
  for (let row = from; row < to; row++) store<i32>(rowsAt + (<usize>row << 2), row)
}

/**
 * Lists each row of [from, to) with the chance threshold / 2³², from place `from` on; returns how many. A row's number is word row mod 4 of the
 * Philox4x32-10 block row div 4 (core/rng.ts), so who draws does not matter.
 */
export function drawRows(rowsAt: usize, from: i32, to: i32, key0: u32, key1: u32, threshold: u32): i32 {
  let at = rowsAt + (<usize>from << 2)
  let c0: u32 = 0, c1: u32 = 0, c2: u32 = 0, c3: u32 = 0
  for (let row = from; row < to; row++) {
    const word = row & 3
    if (row == from || word == 0) {
      c0 = <u32>row >> 2
      c1 = 0
      c2 = 0
      c3 = 0
      let k0 = key0
      let k1 = key1
      for (let round = 0; round < 10; round++) {
        const a = <u64>c0 * 0xd2511f53
        const b = <u64>c2 * 0xcd9e8d57
        c0 = <u32>(b >> 32) ^ c1 ^ k0
        c1 = <u32>b
        c2 = <u32>(a >> 32) ^ c3 ^ k1
        c3 = <u32>a
        k0 += 0x9e3779b9
        k1 += 0xbb67ae85
      }
    }
    const drawn = word == 0 ? c0 : word == 1 ? c1 : word == 2 ? c2 : c3
    store<i32>(at, row)
    at += <usize>(drawn < threshold) << 2
  }
  return <i32>((at - rowsAt) >> 2) - from
}

/**
 * Moves the rows that go left to the front of rowsAt[from, to), keeping the order on both sides; returns the first of the right side. tableAt holds 256
 * bytes: 1 where a code goes left. scratchAt takes as many rows.
 */
export function partitionRows(columnAt: usize, rowsAt: usize, scratchAt: usize, from: i32, to: i32, tableAt: usize): i32 {
  let left = rowsAt + (<usize>from << 2)
  let right = scratchAt
  const end = rowsAt + (<usize>to << 2)
  for (let at = left; at < end; at += 4) {
    const row = load<u32>(at)
    const goesLeft = <usize>load<u8>(tableAt + <usize>load<u8>(columnAt + <usize>row))
    store<i32>(left, row)
    store<i32>(right, row)
    left += goesLeft << 2
    right += (1 - goesLeft) << 2
  }
  memory.copy(left, scratchAt, right - scratchAt)
  return <i32>((left - rowsAt) >> 2)
}

/** Adds up the pairs of the rows in rowsAt[from, to) as integers, each number times its scale; exact below 2⁵³. Two float64 at outAt. */
export function sumRows(pairsAt: usize, rowsAt: usize, from: i32, to: i32, gradientScale: f64, hessianScale: f64, outAt: usize): void {
  const scales = f64x2(gradientScale, hessianScale)
  let even = f64x2.splat(0)
  let odd = f64x2.splat(0)
  const last = rowsAt + (<usize>to << 2)
  let at = rowsAt + (<usize>from << 2)
  for (; at + 4 < last; at += 8) {
    const one = f64x2.promote_low_f32x4(v128.load64_zero(pairsAt + (<usize>load<u32>(at) << 3)))
    const two = f64x2.promote_low_f32x4(v128.load64_zero(pairsAt + (<usize>load<u32>(at, 4) << 3)))
    even = f64x2.add(even, f64x2.nearest(f64x2.mul(one, scales)))
    odd = f64x2.add(odd, f64x2.nearest(f64x2.mul(two, scales)))
  }
  if (at < last) {
    const one = f64x2.promote_low_f32x4(v128.load64_zero(pairsAt + (<usize>load<u32>(at) << 3)))
    even = f64x2.add(even, f64x2.nearest(f64x2.mul(one, scales)))
  }
  v128.store(outAt, f64x2.add(even, odd))
}

/** Adds a value to the margins (float64) of the rows in rowsAt[from, to). */
export function addToRows(marginsAt: usize, rowsAt: usize, from: i32, to: i32, value: f64): void {
  const last = rowsAt + (<usize>to << 2)
  for (let at = rowsAt + (<usize>from << 2); at < last; at += 4) {
    const margin = marginsAt + (<usize>load<u32>(at) << 3)
    store<f64>(margin, load<f64>(margin) + value)
  }
}

/**
 * Adds a tree's value to the margins of rows [from, to) by their codes. A node is 16 bytes: feature (−1: leaf), left child (int32), value (float64);
 * its table of 256 bytes, at tablesAt + node * 256, holds 1 where a code goes left.
 */
export function walkCodes(nodesAt: usize, tablesAt: usize, binsAt: usize, stride: i32, from: i32, to: i32, marginsAt: usize): void {
  for (let row = from; row < to; row++) {
    const codes = binsAt + <usize>row * <usize>stride
    let node: usize = 0
    let feature = load<i32>(nodesAt)
    while (feature >= 0) {
      const left = <usize>load<u8>(tablesAt + (node << 8) + <usize>load<u8>(codes + feature))
      node = <usize>load<i32>(nodesAt + (node << 4), 4) + 1 - left
      feature = load<i32>(nodesAt + (node << 4))
    }
    const margin = marginsAt + (<usize>row << 3)
    store<f64>(margin, load<f64>(margin) + load<f64>(nodesAt + (node << 4), 8))
  }
}
