/** Which features a node may split on: those drawn for its tree, of these for its level, of these for itself, within its interaction groups. */
import type { Rng } from '../../../core/rng.ts'

export interface FeatureShares {
  readonly colsample_bytree: number
  readonly colsample_bylevel: number
  readonly colsample_bynode: number
}

export interface FeatureDraw {
  /** Writes 1 for each feature that the node may use. `path`: turns from the root; `used`: features split on above it. */
  allow(mask: Uint8Array, node: { readonly path: string; readonly used: readonly number[] }): void
}

/** @param groups features that may meet on one path, by index; undefined for no constraint */
export function createFeatureDraw(
  features: number,
  shares: FeatureShares,
  groups: readonly (readonly number[])[] | undefined,
  rng: Rng,
): FeatureDraw {
  const all = Int32Array.from({ length: features }, (_, feature) => feature)
  const ofTree = drawn(all, shares.colsample_bytree, rng.stream('features'))
  const levels = new Map<number, Int32Array>()
  const ofLevel = (depth: number): Int32Array => {
    const known = levels.get(depth)
    if (known !== undefined) return known
    const level = drawn(ofTree, shares.colsample_bylevel, rng.stream(`level/${depth}`))
    levels.set(depth, level)
    return level
  }
  return {
    allow(mask, { path, used }) {
      mask.fill(0)
      const own = drawn(ofLevel(path.length), shares.colsample_bynode, rng.stream(`node/${path}`))
      for (const feature of own) mask[feature] = 1
      if (groups === undefined || used.length === 0) return
      const reachable = new Set([
        ...used,
        ...groups.filter((group) => used.every((one) => group.includes(one))).flat(),
      ])
      for (const feature of own) if (!reachable.has(feature)) mask[feature] = 0
    },
  }
}

/** A share of the features, at least one, ascending. */
function drawn(features: Int32Array, share: number, rng: Rng): Int32Array {
  if (share === 1) return features
  const keep = Math.max(1, Math.floor(share * features.length))
  return rng
    .permutation(features.length)
    .subarray(0, keep)
    .map((k) => features[k]!)
    .sort()
}
