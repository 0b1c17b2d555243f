/** Walks down trees in plain TypeScript; see walk.as.ts. */
import type { Kernels } from '../kernels.ts'

export function referenceWalk(
  view: DataView,
): Pick<Kernels, 'prepareRows' | 'walkRows' | 'walkTrees'> {
  const f64 = (at: number): number => view.getFloat64(at, true)
  const f32 = (at: number): number => view.getFloat32(at, true)
  const i32 = (at: number): number => view.getInt32(at, true)
  const leafOf = (treeAt: number, row: number): number => {
    let node = i32(treeAt)
    for (let level = i32(treeAt + 4); level > 0; level--) {
      const left = f32(row + i32(node)) < f32(node + 4)
      node = i32(node + 8) + (left ? 0 : 16)
    }
    return f32(node + 12)
  }
  const walk = (
    treesAt: number,
    trees: number,
    row: number,
    outputs: number,
    out: number,
  ): void => {
    for (let tree = 0; tree < trees; tree++) {
      const margin = out + (tree % outputs) * 8
      view.setFloat64(margin, f64(margin) + leafOf(treesAt + 8 * tree, row), true)
    }
  }
  return {
    prepareRows(sourceAt, width, rows, outAt) {
      let isInfinite = 0
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < width; column++) {
          const value = f32(sourceAt + 4 * (row * width + column))
          const at = outAt + 4 * (2 * row * width + column)
          view.setFloat32(at, value, true)
          view.setFloat32(at + 4 * width, value === value ? value : -Infinity, true)
          if (Math.abs(value) === Infinity) isInfinite = 1
        }
      }
      return isInfinite
    },
    walkRows(treesAt, trees, rowsAt, stride, rows, outputs, marginsAt) {
      for (let row = 0; row < rows; row++)
        walk(treesAt, trees, rowsAt + row * stride, outputs, marginsAt + row * outputs * 8)
    },
    walkTrees(treesAt, trees, rowAt, outputs, marginsAt) {
      walk(treesAt, trees, rowAt, outputs, marginsAt)
    },
  }
}
