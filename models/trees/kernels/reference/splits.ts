/** The split search in plain TypeScript; see splits.as.ts. */
import type { Kernels } from '../kernels.ts'

export function referenceSplits(view: DataView): Pick<Kernels, 'findSplit'> {
  const f64 = (at: number): number => view.getFloat64(at, true)
  return {
    findSplit(
      histogramAt,
      countsAt,
      maskAt,
      first,
      end,
      gradient,
      hessian,
      gradientScale,
      hessianScale,
      lambda,
      leastHessian,
      outAt,
    ) {
      const unit = (gradientScale * gradientScale) / hessianScale
      const [penalty, least] = [lambda / hessianScale, leastHessian / hessianScale]
      const score = (leftG: number, leftH: number): number => {
        const [rightG, rightH] = [gradient - leftG, hessian - leftH]
        if (!(leftH >= least && rightH >= least)) return -Infinity
        const [leftD, rightD] = [leftH + penalty, rightH + penalty]
        return (leftG * leftG * rightD + rightG * rightG * leftD) / (leftD * rightD)
      }
      for (let feature = first; feature < end; feature++) {
        if (view.getUint8(maskAt + feature) !== 1) continue
        const column = histogramAt + feature * 4096
        const values = view.getInt32(countsAt + 4 * feature, true) - 1
        const [missingG, missingH] = [f64(column + 16 * values), f64(column + 16 * values + 8)]
        const right = { score: -Infinity, code: 0, direction: 0, gradient: 0, hessian: 0 }
        const left = { ...right, direction: 1 }
        let [sumG, sumH] = [0, 0]
        for (let code = 0; code < values; code++) {
          sumG += f64(column + 16 * code)
          sumH += f64(column + 16 * code + 8)
          const known = score(sumG, sumH)
          if (known > right.score)
            Object.assign(right, { score: known, code, gradient: sumG, hessian: sumH })
          if (missingH === 0) continue
          const [withG, withH] = [sumG + missingG, sumH + missingH]
          const mirrored = score(withG, withH)
          if (mirrored >= left.score)
            Object.assign(left, { score: mirrored, code, gradient: withG, hessian: withH })
        }
        const best = left.score > right.score ? left : right
        if (!(best.score * unit > f64(outAt))) continue
        view.setFloat64(outAt, best.score * unit, true)
        view.setFloat64(outAt + 8, best.gradient, true)
        view.setFloat64(outAt + 16, best.hessian, true)
        view.setInt32(outAt + 24, feature, true)
        view.setInt32(outAt + 28, best.code, true)
        view.setInt32(outAt + 32, best.direction, true)
      }
    },
  }
}
