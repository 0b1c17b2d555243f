/**
 * The search for a node's best split, two thresholds at a time. Sums in a histogram are exact integers; times their scales, powers of two, they are
 * gradients and hessians. The score of a split is GL²/(HL+λ) + GR²/(HR+λ) on one denominator; its gain is the score less G²/(H+λ). Scores are compared
 * in the unit of the integer sums, which changes no bit of them, since scaling by a power of two is exact.
 */

/**
 * The best split of a node over the numeric features [first, end) that its mask allows (1), added to what outAt holds: score (0 or more), left gradient,
 * left hessian (float64, the sums as integers), then feature (−1 for none), code and direction (int32: 0 missing right, 1 missing left). Codes up to
 * the split's go left. Of equal scores the first feature wins, then missing right, then the lowest threshold (the highest with missing left), as in
 * XGBoost. A feature's missing values have its last code. leastHessian is above 0.
 */
export function findSplit(
  histogramAt: usize, countsAt: usize, maskAt: usize, first: i32, end: i32, gradient: f64, hessian: f64, gradientScale: f64, hessianScale: f64,
  lambda: f64, leastHessian: f64, outAt: usize,
): void {
  const unit = gradientScale * gradientScale / hessianScale
  const allGradients = f64x2.splat(gradient)
  const allHessians = f64x2.splat(hessian)
  const penalty = f64x2.splat(lambda / hessianScale)
  const least = f64x2.splat(leastHessian / hessianScale)
  for (let feature = first; feature < end; feature++) {
    if (load<u8>(maskAt + feature) != 1) continue
    const column = histogramAt + (<usize>feature << 12)
    const values = load<i32>(countsAt + (<usize>feature << 2)) - 1
    const last = column + (<usize>values << 4)
    const missing = v128.load(last)
    const holes = f64x2.extract_lane(missing, 1) != 0
    const missingG = f64x2.splat(f64x2.extract_lane(missing, 0))
    const missingH = f64x2.splat(f64x2.extract_lane(missing, 1))
    let right = f64x2.splat(0)
    let left = f64x2.splat(0)
    let sum = f64x2.splat(0)
    for (let at = column; at < last; at += 32) {
      const one = v128.load(at)
      const two = f64x2.add(one, v128.load(at, 16))
      const below = f64x2.add(sum, one)
      sum = f64x2.add(sum, two)
      const sumG = v128.shuffle<f64>(below, sum, 0, 2)
      const sumH = v128.shuffle<f64>(below, sum, 1, 3)
      right = f64x2.pmax(right, score(sumG, sumH, allGradients, allHessians, penalty, least))
      if (holes) {
        left = f64x2.pmax(left, score(f64x2.add(sumG, missingG), f64x2.add(sumH, missingH), allGradients, allHessians, penalty, least))
      }
    }
    const mostRight = max(f64x2.extract_lane(right, 0), f64x2.extract_lane(right, 1))
    const mostLeft = max(f64x2.extract_lane(left, 0), f64x2.extract_lane(left, 1))
    const best = max(mostRight, mostLeft)
    if (!(best * unit > load<f64>(outAt))) continue
    const direction = mostLeft > mostRight ? 1 : 0
    store<f64>(outAt, best * unit)
    store<i32>(outAt, feature, 24)
    store<i32>(outAt, direction, 32)
    // Few features come so far: which threshold it was is looked up in a second pass.
    sum = direction ? missing : f64x2.splat(0)
    for (let at = column; at < last; at += 16) {
      sum = f64x2.add(sum, v128.load(at))
      const sumG = f64x2.splat(f64x2.extract_lane(sum, 0))
      const sumH = f64x2.splat(f64x2.extract_lane(sum, 1))
      if (f64x2.extract_lane(score(sumG, sumH, allGradients, allHessians, penalty, least), 0) != best) continue
      v128.store(outAt, sum, 8)
      store<i32>(outAt, <i32>((at - column) >> 4), 28)
      if (!direction) break
    }
  }
}

/** Two scores; 0, which is no gain, where a side has too small a hessian. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function score(leftG: v128, leftH: v128, allGradients: v128, allHessians: v128, penalty: v128, least: v128): v128 {
  const rightG = f64x2.sub(allGradients, leftG)
  const rightH = f64x2.sub(allHessians, leftH)
  const leftD = f64x2.add(leftH, penalty)
  const rightD = f64x2.add(rightH, penalty)
  const value = f64x2.div(
    f64x2.add(f64x2.mul(f64x2.mul(leftG, leftG), rightD), f64x2.mul(f64x2.mul(rightG, rightG), leftD)),
    f64x2.mul(leftD, rightD),
  )
  return v128.and(value, f64x2.ge(f64x2.pmin(leftH, rightH), least))
}
