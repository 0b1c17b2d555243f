/** Which features a node may split on: those drawn for its tree, of these for its level, of these for itself, within its interaction groups. */
import type { Rng } from '../../../core/rng.ts'

export interface FeatureShares {
  readonly colsample_bytree: number
  readonly colsample_bylevel: number
  readonly colsample_bynode: number
}

export interface FeatureDraw {
  /**
   * Writes into a mask the kind of each feature that the node may use, 0 for others.
   *
   * @param masks holds the mask from `at` on
   */
  allow(
    masks: Uint8Array,
    node: {
      readonly at: number
      /** Turns from the root. */
      readonly path: string
      /** Features split on above the node. */
      readonly used: readonly number[]
    },
  ): void
}

/**
 * @param kinds what each feature is, above 0
 * @param groups features that may meet on one path, by index; undefined for no constraint
 */
export function createFeatureDraw(
  kinds: Uint8Array,
  shares: FeatureShares,
  groups: readonly (readonly number[])[] | undefined,
  rng: Rng,
): FeatureDraw {
  const all = Int32Array.from(kinds, (_, feature) => feature)
  const ofTree = drawn(all, shares.colsample_bytree, () => rng.stream('features'))
  const levels = new Map<number, Int32Array>()
  const ofLevel = (depth: number): Int32Array => {
    const known = levels.get(depth)
    if (known !== undefined) return known
    const level = drawn(ofTree, shares.colsample_bylevel, () => rng.stream(`level/${depth}`))
    levels.set(depth, level)
    return level
  }
  const everyNode = shares.colsample_bylevel === 1 && shares.colsample_bynode === 1
  const maskOfTree = new Uint8Array(kinds.length)
  for (const feature of ofTree) maskOfTree[feature] = kinds[feature]!
  return {
    allow(masks, { at, path, used }) {
      if (everyNode && groups === undefined) {
        masks.set(maskOfTree, at)
        return
      }
      masks.fill(0, at, at + kinds.length)
      const stream = (): Rng => rng.stream(`node/${path}`)
      const own = drawn(ofLevel(path.length), shares.colsample_bynode, stream)
      for (const feature of own) masks[at + feature] = kinds[feature]!
      if (groups === undefined || used.length === 0) return
      const reachable = new Set([
        ...used,
        ...groups.filter((group) => used.every((one) => group.includes(one))).flat(),
      ])
      for (const feature of own) if (!reachable.has(feature)) masks[at + feature] = 0
    },
  }
}

/** A share of the features, at least one, ascending. */
function drawn(features: Int32Array, share: number, stream: () => Rng): Int32Array {
  if (share === 1) return features
  const keep = Math.max(1, Math.floor(share * features.length))
  return stream()
    .permutation(features.length)
    .subarray(0, keep)
    .map((k) => features[k]!)
    .sort()
}
