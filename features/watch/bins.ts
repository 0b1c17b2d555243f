/** The bin of a value among ascending edges: the first edge that is not less, else the last bin. Bins are closed above. */
export function binIndex(edges: readonly number[], x: number): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]! < x) low = middle + 1
    else high = middle
  }
  return low
}
