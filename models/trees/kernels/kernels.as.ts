/**
 * The loops of the tree learner, AssemblyScript with SIMD; `npm run kernels` compiles them to kernels.wasm, and a test holds both equal. All
 * arguments ending in `At` are byte addresses in the imported memory.
 *
 * Layout: bins are one byte a cell, row-major, 255 for a missing value. A histogram has 256 pairs (gradient, hessian) of float64 a feature,
 * the pair of a bin at (feature * 256 + bin) * 16 bytes. Gradients are pairs of float32 a row.
 */

/** Adds the rows listed in rowsAt[from, to) to a histogram, in that order. */
export function buildHistogram(
  binsAt: usize, features: i32, gradientsAt: usize, rowsAt: usize, from: i32, to: i32, histogramAt: usize,
): void {
  for (let i = from; i < to; i++) {
    const row = load<i32>(rowsAt + (<usize>i << 2))
    const pair = f64x2.promote_low_f32x4(v128.load_zero<f64>(gradientsAt + (<usize>row << 3)))
    let bin = binsAt + <usize>row * <usize>features
    let cell = histogramAt
    const wholeEnd = bin + <usize>(features & ~3)
    const end = binsAt + <usize>row * <usize>features + <usize>features
    // Four features at a time: one load of their bins, four independent read-modify-writes.
    while (bin < wholeEnd) {
      const four = load<u32>(bin)
      const a = cell + ((four & 255) << 4)
      const b = cell + 4096 + (((four >> 8) & 255) << 4)
      const c = cell + 8192 + (((four >> 16) & 255) << 4)
      const d = cell + 12288 + ((four >> 24) << 4)
      v128.store(a, f64x2.add(v128.load(a), pair))
      v128.store(b, f64x2.add(v128.load(b), pair))
      v128.store(c, f64x2.add(v128.load(c), pair))
      v128.store(d, f64x2.add(v128.load(d), pair))
      bin += 4
      cell += 16384
    }
    while (bin < end) {
      const a = cell + (<usize>load<u8>(bin) << 4)
      v128.store(a, f64x2.add(v128.load(a), pair))
      bin++
      cell += 4096
    }
  }
}

/** Takes one histogram from another, in place: the larger child is its parent less the smaller child. */
export function subtractHistogram(fromAt: usize, takenAt: usize, features: i32): void {
  const end = fromAt + <usize>features * 4096
  while (fromAt < end) {
    v128.store(fromAt, f64x2.sub(v128.load(fromAt), v128.load(takenAt)))
    fromAt += 16
    takenAt += 16
  }
}

/** Moves the rows that go left to the front of rowsAt[from, to), keeping the order on both sides; returns the first of the right side. */
export function partitionRows(
  binsAt: usize, features: i32, rowsAt: usize, scratchAt: usize, from: i32, to: i32, feature: i32, bin: i32, missingLeft: i32,
): i32 {
  let left = rowsAt + (<usize>from << 2)
  let right = scratchAt
  const column = binsAt + feature
  const end = rowsAt + (<usize>to << 2)
  for (let at = left; at < end; at += 4) {
    const row = load<i32>(at)
    const value = <i32>load<u8>(column + <usize>row * <usize>features)
    const goesLeft = select(missingLeft, <i32>(value <= bin), value == 255)
    store<i32>(left, row)
    store<i32>(right, row)
    left += <usize>goesLeft << 2
    right += <usize>(1 - goesLeft) << 2
  }
  memory.copy(left, scratchAt, right - scratchAt)
  return <i32>((left - rowsAt) >> 2)
}

/**
 * The best split of a node over all features, all bins and both directions of missing values. Gain is GL²/(HL+λ) + GR²/(HR+λ) − G²/(H+λ).
 * Of equal gains the first feature, bin and "missing right" wins. Writes at outAt: gain, left gradient, left hessian (float64), then
 * feature (−1 for none), bin, direction (int32): 0 missing right, 1 missing left, 2 nothing was missing.
 */
export function findSplit(
  histogramAt: usize, features: i32, binCountsAt: usize, maskAt: usize, gradient: f64, hessian: f64, lambda: f64, minHessian: f64, outAt: usize,
): void {
  let bestGain: f64 = 0
  let bestGradient: f64 = 0
  let bestHessian: f64 = 0
  let bestFeature = -1
  let bestBin = 0
  let bestDirection = 0
  const whole = (gradient * gradient) / (hessian + lambda)
  // What subtraction leaves where nothing is missing is a rounding error, not a missing value.
  const nothing = hessian * 1e-12
  for (let feature = 0; feature < features; feature++) {
    if (!load<u8>(maskAt + feature)) continue
    const column = histogramAt + (<usize>feature << 12)
    const bins = load<i32>(binCountsAt + (<usize>feature << 2))
    const missingGradient = load<f64>(column + 4080)
    const missingHessian = load<f64>(column + 4088)
    const missing = missingHessian > nothing
    let leftGradient: f64 = 0
    let leftHessian: f64 = 0
    for (let bin = 0; bin < bins - 1; bin++) {
      const cell = column + (<usize>bin << 4)
      const own = load<f64>(cell + 8)
      if (own == 0) continue
      leftGradient += load<f64>(cell)
      leftHessian += own
      const rightHessian = hessian - leftHessian
      if (leftHessian >= minHessian && rightHessian >= minHessian) {
        const rightGradient = gradient - leftGradient
        const gain = (leftGradient * leftGradient) / (leftHessian + lambda) + (rightGradient * rightGradient) / (rightHessian + lambda) - whole
        if (gain > bestGain) {
          bestGain = gain
          bestFeature = feature
          bestBin = bin
          bestDirection = missing ? 0 : 2
          bestGradient = leftGradient
          bestHessian = leftHessian
        }
      }
      if (missing) {
        const withGradient = leftGradient + missingGradient
        const withHessian = leftHessian + missingHessian
        const restHessian = hessian - withHessian
        if (withHessian >= minHessian && restHessian >= minHessian) {
          const restGradient = gradient - withGradient
          const gain = (withGradient * withGradient) / (withHessian + lambda) + (restGradient * restGradient) / (restHessian + lambda) - whole
          if (gain > bestGain) {
            bestGain = gain
            bestFeature = feature
            bestBin = bin
            bestDirection = 1
            bestGradient = withGradient
            bestHessian = withHessian
          }
        }
      }
    }
    // Every value left, only what is missing right.
    if (missing) {
      const knownGradient = gradient - missingGradient
      const knownHessian = hessian - missingHessian
      if (knownHessian >= minHessian && missingHessian >= minHessian) {
        const gain = (knownGradient * knownGradient) / (knownHessian + lambda) + (missingGradient * missingGradient) / (missingHessian + lambda) - whole
        if (gain > bestGain) {
          bestGain = gain
          bestFeature = feature
          bestBin = bins - 1
          bestDirection = 0
          bestGradient = knownGradient
          bestHessian = knownHessian
        }
      }
    }
  }
  store<f64>(outAt, bestGain)
  store<f64>(outAt + 8, bestGradient)
  store<f64>(outAt + 16, bestHessian)
  store<i32>(outAt + 24, bestFeature)
  store<i32>(outAt + 28, bestBin)
  store<i32>(outAt + 32, bestDirection)
}

/** Adds a tree's value to the margin (float64) of rows [from, to). A node is 24 bytes: feature (−1: leaf), bin, missing left, left child, value. */
export function addTree(nodesAt: usize, binsAt: usize, features: i32, from: i32, to: i32, marginsAt: usize): void {
  for (let row = from; row < to; row++) {
    const cells = binsAt + <usize>row * <usize>features
    let node = nodesAt
    let feature = load<i32>(node)
    while (feature >= 0) {
      const value = <i32>load<u8>(cells + feature)
      const left = select(load<i32>(node, 8), <i32>(value <= load<i32>(node, 4)), value == 255)
      node = nodesAt + <usize>(load<i32>(node, 12) + 1 - left) * 24
      feature = load<i32>(node)
    }
    const at = marginsAt + (<usize>row << 3)
    store<f64>(at, load<f64>(at) + load<f64>(node, 16))
  }
}
