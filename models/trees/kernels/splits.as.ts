/**
 * The search for a node's best split, two thresholds at a time. Sums in a histogram are exact integers; times their scales they are gradients
 * and hessians. The score of a split is GL²/(HL+λ) + GR²/(HR+λ) on one denominator; its gain is the score less G²/(H+λ).
 */

/**
 * The best split of a node over the numeric features [first, end) that its mask allows (1), added to what outAt holds: score, left gradient, left
 * hessian (float64, the sums as integers), then feature (−1 for none), code and direction (int32: 0 missing right, 1 missing left). Codes up to
 * the split's go left. Of equal scores the first feature wins, then missing right, then the lowest threshold (the highest with missing left), as in
 * XGBoost. A feature's missing values have its last code.
 */
export function findSplit(
  histogramAt: usize, countsAt: usize, maskAt: usize, first: i32, end: i32, gradient: f64, hessian: f64, gradientScale: f64, hessianScale: f64,
  lambda: f64, leastHessian: f64, outAt: usize,
): void {
  const none = f64x2.splat(-Infinity)
  const allGradients = f64x2.splat(gradient)
  const allHessians = f64x2.splat(hessian)
  const scaleG = f64x2.splat(gradientScale)
  const scaleH = f64x2.splat(hessianScale)
  const penalty = f64x2.splat(lambda)
  const least = f64x2.splat(leastHessian)
  const step = i64x2.splat(2)
  for (let feature = first; feature < end; feature++) {
    if (load<u8>(maskAt + feature) != 1) continue
    const column = histogramAt + (<usize>feature << 12)
    const values = load<i32>(countsAt + (<usize>feature << 2)) - 1
    const missing = v128.load(column + (<usize>values << 4))
    const holes = f64x2.extract_lane(missing, 1) != 0
    const missingG = f64x2.splat(f64x2.extract_lane(missing, 0))
    const missingH = f64x2.splat(f64x2.extract_lane(missing, 1))
    let right = none
    let rightCode = i64x2(0, 1)
    let left = none
    let leftCode = i64x2(0, 1)
    let code = i64x2(0, 1)
    let sum = f64x2.splat(0)
    for (let at = column, last = column + (<usize>values << 4); at < last; at += 32) {
      const one = v128.load(at)
      const two = f64x2.add(one, v128.load(at, 16))
      const below = f64x2.add(sum, one)
      sum = f64x2.add(sum, two)
      const sumG = v128.shuffle<f64>(below, sum, 0, 2)
      const sumH = v128.shuffle<f64>(below, sum, 1, 3)
      const found = score(sumG, sumH, allGradients, allHessians, scaleG, scaleH, penalty, least)
      const better = f64x2.gt(found, right)
      right = v128.bitselect(found, right, better)
      rightCode = v128.bitselect(code, rightCode, better)
      if (holes) {
        const mirrored = score(
          f64x2.add(sumG, missingG), f64x2.add(sumH, missingH), allGradients, allHessians, scaleG, scaleH, penalty, least,
        )
        const higher = f64x2.ge(mirrored, left)
        left = v128.bitselect(mirrored, left, higher)
        leftCode = v128.bitselect(code, leftCode, higher)
      }
      code = i64x2.add(code, step)
    }
    let best = f64x2.extract_lane(right, 0)
    let bestCode = <i32>i64x2.extract_lane(rightCode, 0)
    const otherRight = f64x2.extract_lane(right, 1)
    const otherRightCode = <i32>i64x2.extract_lane(rightCode, 1)
    if (otherRight > best || (otherRight == best && otherRightCode < bestCode)) {
      best = otherRight
      bestCode = otherRightCode
    }
    let direction = 0
    if (holes) {
      let mirrored = f64x2.extract_lane(left, 0)
      let mirroredCode = <i32>i64x2.extract_lane(leftCode, 0)
      const otherLeft = f64x2.extract_lane(left, 1)
      const otherLeftCode = <i32>i64x2.extract_lane(leftCode, 1)
      if (otherLeft > mirrored || (otherLeft == mirrored && otherLeftCode > mirroredCode)) {
        mirrored = otherLeft
        mirroredCode = otherLeftCode
      }
      if (mirrored > best) {
        best = mirrored
        bestCode = mirroredCode
        direction = 1
      }
    }
    if (!(best > load<f64>(outAt))) continue
    sum = direction ? missing : f64x2.splat(0)
    for (let at = column, last = column + (<usize>bestCode << 4); at <= last; at += 16) sum = f64x2.add(sum, v128.load(at))
    store<f64>(outAt, best)
    v128.store(outAt, sum, 8)
    store<i32>(outAt, feature, 24)
    store<i32>(outAt, bestCode, 28)
    store<i32>(outAt, direction, 32)
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function score(sumG: v128, sumH: v128, allGradients: v128, allHessians: v128, scaleG: v128, scaleH: v128, penalty: v128, least: v128): v128 {
  const leftG = f64x2.mul(sumG, scaleG)
  const leftH = f64x2.mul(sumH, scaleH)
  const rightG = f64x2.mul(f64x2.sub(allGradients, sumG), scaleG)
  const rightH = f64x2.mul(f64x2.sub(allHessians, sumH), scaleH)
  const leftD = f64x2.add(leftH, penalty)
  const rightD = f64x2.add(rightH, penalty)
  const allowed = v128.and(f64x2.ge(leftH, least), f64x2.ge(rightH, least))
  const value = f64x2.div(
    f64x2.add(f64x2.mul(f64x2.mul(leftG, leftG), rightD), f64x2.mul(f64x2.mul(rightG, rightG), leftD)),
    f64x2.mul(leftD, rightD),
  )
  return v128.bitselect(value, f64x2.splat(-Infinity), allowed)
}
