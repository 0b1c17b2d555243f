/**
 * Weights that change one by one and are drawn from in proportion: a binary tree of sums. A change is O(log n), a draw too; each sum is that of its two children anew,
 * so that no error is carried along.
 */
export interface SumTree {
  readonly total: number
  get(index: number): number
  /** Changes one weight; sums above are right again only after `settle`. */
  put(index: number, value: number): void
  /** Makes the sums above the weights from `from` to `to`, inclusive, right again. O(to − from + log n). */
  settle(from: number, to: number): void
  /** The index at a share in [0, 1) of the total, the weights laid end to end. */
  find(share: number): number
}

export function createSumTree(weights: Float64Array): SumTree {
  let leaves = 1
  while (leaves < weights.length) leaves *= 2
  const sums = new Float64Array(2 * leaves)
  sums.set(weights, leaves)
  for (let node = leaves - 1; node >= 1; node--) sums[node] = sums[2 * node]! + sums[2 * node + 1]!
  return {
    get total() {
      return sums[1]!
    },
    get: (index) => sums[leaves + index]!,
    put(index, value) {
      sums[leaves + index] = value
    },
    settle(from, to) {
      let [low, high] = [(leaves + from) >> 1, (leaves + to) >> 1]
      for (; low >= 1; low >>= 1, high >>= 1) {
        for (let node = low; node <= high; node++)
          sums[node] = sums[2 * node]! + sums[2 * node + 1]!
      }
    },
    find(share) {
      let rest = share * sums[1]!
      let node = 1
      while (node < leaves) {
        const left = sums[2 * node]!
        // Rounding may leave a rest where the right side is empty.
        if (rest < left || sums[2 * node + 1] === 0) node = 2 * node
        else {
          rest -= left
          node = 2 * node + 1
        }
      }
      return node - leaves
    },
  }
}
