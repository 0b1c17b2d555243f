/** Slots: where histograms lie while a later subtraction may want them. One that is taken away is counted anew, which gives the same numbers. */

export interface Slots {
  of(node: number): number | undefined
  /** A free slot for a node, else that of the last of `spare` that has one. */
  take(node: number, spare: readonly number[]): number | undefined
  release(node: number): void
  /** The slot of one node becomes another's. */
  hand(from: number, to: number): void
}

/** A piece of work for stage `evaluate`. */
export interface Work {
  readonly node: number
  readonly slot: number
  /** The other child, whose slot holds the parent's histogram. */
  readonly sibling: { readonly node: number; readonly slot: number } | undefined
}

export function createSlots(count: number): Slots {
  const free = Array.from({ length: count }, (_, slot) => count - 1 - slot)
  const owned = new Map<number, number>()
  const release = (node: number): void => {
    const slot = owned.get(node)
    if (slot === undefined) return
    owned.delete(node)
    free.push(slot)
  }
  return {
    of: (node) => owned.get(node),
    take(node, spare) {
      if (free.length === 0) {
        const loser = spare.findLast((one) => owned.has(one))
        if (loser !== undefined) release(loser)
      }
      const slot = free.pop()
      if (slot !== undefined) owned.set(node, slot)
      return slot
    },
    release,
    hand(from, to) {
      const slot = owned.get(from)!
      owned.delete(from)
      owned.set(to, slot)
    },
  }
}

/**
 * How the children of split nodes get their histograms: the smaller by counting, the larger in its parent's slot by subtraction, where the parent
 * still has one and both are to be looked at.
 *
 * @param families split nodes and which of their children may split again
 * @param spare waiting nodes whose histograms may be given up, the least urgent last
 */
export function planWork(
  families: readonly { readonly node: number; readonly grown: readonly number[] }[],
  rows: readonly number[],
  slots: Slots,
  spare: readonly number[],
): Work[] {
  const work: Work[] = []
  const counted = (node: number): void => {
    work.push({ node, slot: slots.take(node, spare)!, sibling: undefined })
  }
  for (const { node, grown } of families) {
    if (grown.length === 2 && slots.of(node) !== undefined) {
      const [first, second] = grown as [number, number]
      const [small, large] = rows[first]! <= rows[second]! ? [first, second] : [second, first]
      slots.hand(node, large)
      const slot = slots.take(small, spare)!
      work.push({ node: small, slot, sibling: { node: large, slot: slots.of(large)! } })
      continue
    }
    slots.release(node)
    grown.forEach(counted)
  }
  return work
}
