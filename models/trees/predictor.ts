/** Predictor: trees flattened into typed arrays and walked row by row; the sum runs in the order of the trees. */
import type { FeatureMatrix } from '../../features/dataset.ts'
import type { Tree } from './tree.ts'

export interface TreePredictor {
  /** Adds up the trees for each row; `out` is one value a row. */
  predict(matrix: FeatureMatrix, rows: Int32Array, out: Float64Array): void
}

export function createPredictor(trees: readonly Tree[]): TreePredictor {
  const nodes = trees.reduce((sum, tree) => sum + tree.feature.length, 0)
  const roots = new Int32Array(trees.length)
  const feature = new Int32Array(nodes)
  const threshold = new Float32Array(nodes)
  const missingLeft = new Uint8Array(nodes)
  const left = new Int32Array(nodes)
  const value = new Float64Array(nodes)
  let end = 0
  trees.forEach((tree, k) => {
    roots[k] = end
    feature.set(tree.feature, end)
    threshold.set(tree.threshold, end)
    missingLeft.set(tree.missingLeft, end)
    left.set(
      tree.left.map((child) => child + roots[k]!),
      end,
    )
    value.set(tree.value, end)
    end += tree.feature.length
  })
  return {
    predict({ X, features }, rows, out) {
      const width = features.length
      for (let i = 0; i < rows.length; i++) {
        const base = rows[i]! * width
        let sum = 0
        for (let k = 0; k < roots.length; k++) {
          let node = roots[k]!
          for (let column = feature[node]!; column >= 0; column = feature[node]!) {
            const x = X[base + column]!
            const goesLeft = x === x ? x < threshold[node]! : missingLeft[node] === 1
            node = left[node]! + (goesLeft ? 0 : 1)
          }
          sum += value[node]!
        }
        out[i] = sum
      }
    },
  }
}
