/** The kernels in plain TypeScript: the oracle that the compiled ones are tested against, bit by bit. */
import type { Kernels } from './kernels.ts'

export function referenceKernels(memory: WebAssembly.Memory): Kernels {
  const view = new DataView(memory.buffer)
  const f64 = (at: number): number => view.getFloat64(at, true)
  const i32 = (at: number): number => view.getInt32(at, true)
  const u8 = (at: number): number => view.getUint8(at)
  return {
    buildHistogram(binsAt, features, gradientsAt, rowsAt, from, to, histogramAt) {
      for (let i = from; i < to; i++) {
        const row = i32(rowsAt + 4 * i)
        for (let feature = 0; feature < features; feature++) {
          const cell = histogramAt + (feature * 256 + u8(binsAt + row * features + feature)) * 16
          view.setFloat64(cell, f64(cell) + view.getFloat32(gradientsAt + 8 * row, true), true)
          view.setFloat64(
            cell + 8,
            f64(cell + 8) + view.getFloat32(gradientsAt + 8 * row + 4, true),
            true,
          )
        }
      }
    },
    subtractHistogram(fromAt, takenAt, features) {
      for (let at = 0; at < features * 4096; at += 8)
        view.setFloat64(fromAt + at, f64(fromAt + at) - f64(takenAt + at), true)
    },
    partitionRows(binsAt, features, rowsAt, _scratchAt, from, to, feature, bin, missingLeft) {
      const left: number[] = []
      const right: number[] = []
      for (let i = from; i < to; i++) {
        const row = i32(rowsAt + 4 * i)
        const value = u8(binsAt + row * features + feature)
        const goesLeft = value === 255 ? missingLeft === 1 : value <= bin
        ;(goesLeft ? left : right).push(row)
      }
      for (const [i, row] of [...left, ...right].entries())
        view.setInt32(rowsAt + 4 * (from + i), row, true)
      return from + left.length
    },
    findSplit(
      histogramAt,
      features,
      binCountsAt,
      maskAt,
      gradient,
      hessian,
      lambda,
      minHessian,
      outAt,
    ) {
      let best = { gain: 0, gradient: 0, hessian: 0, feature: -1, bin: 0, direction: 0 }
      const whole = (gradient * gradient) / (hessian + lambda)
      for (let feature = 0; feature < features; feature++) {
        if (u8(maskAt + feature) === 0) continue
        const column = histogramAt + feature * 4096
        const bins = i32(binCountsAt + 4 * feature)
        const missingGradient = f64(column + 4080)
        const missingHessian = f64(column + 4088)
        const missing = missingHessian > hessian * 1e-12
        const consider = (
          left: number,
          leftHessian: number,
          bin: number,
          direction: number,
        ): void => {
          const rightHessian = hessian - leftHessian
          if (!(leftHessian >= minHessian && rightHessian >= minHessian)) return
          const right = gradient - left
          const gain =
            (left * left) / (leftHessian + lambda) +
            (right * right) / (rightHessian + lambda) -
            whole
          if (gain > best.gain)
            best = { gain, gradient: left, hessian: leftHessian, feature, bin, direction }
        }
        let left = 0
        let leftHessian = 0
        for (let bin = 0; bin < bins - 1; bin++) {
          const own = f64(column + 16 * bin + 8)
          if (own === 0) continue
          left += f64(column + 16 * bin)
          leftHessian += own
          consider(left, leftHessian, bin, missing ? 0 : 2)
          if (missing) consider(left + missingGradient, leftHessian + missingHessian, bin, 1)
        }
        if (!missing) continue
        const known = hessian - missingHessian
        const knownGradient = gradient - missingGradient
        if (known >= minHessian && missingHessian >= minHessian) {
          const gain =
            (knownGradient * knownGradient) / (known + lambda) +
            (missingGradient * missingGradient) / (missingHessian + lambda) -
            whole
          if (gain > best.gain) {
            best = {
              gain,
              gradient: knownGradient,
              hessian: known,
              feature,
              bin: bins - 1,
              direction: 0,
            }
          }
        }
      }
      view.setFloat64(outAt, best.gain, true)
      view.setFloat64(outAt + 8, best.gradient, true)
      view.setFloat64(outAt + 16, best.hessian, true)
      view.setInt32(outAt + 24, best.feature, true)
      view.setInt32(outAt + 28, best.bin, true)
      view.setInt32(outAt + 32, best.direction, true)
    },
    addTree(nodesAt, binsAt, features, from, to, marginsAt) {
      for (let row = from; row < to; row++) {
        let node = nodesAt
        while (i32(node) >= 0) {
          const value = u8(binsAt + row * features + i32(node))
          const left = value === 255 ? i32(node + 8) === 1 : value <= i32(node + 4)
          node = nodesAt + (i32(node + 12) + (left ? 0 : 1)) * 24
        }
        const at = marginsAt + 8 * row
        view.setFloat64(at, f64(at) + f64(node + 16), true)
      }
    },
  }
}
