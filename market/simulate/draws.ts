/**
 * Random access to a stream's normals: the draws of bar `t` are a function of the stream's key and `t` alone, so that a
 * restored simulation needs no generator state and no symbol's numbers depend on another's.
 */
import { philox4x32, type Rng } from '../../core/rng.ts'

export interface Draws {
  /** Fills `out` (an even length) with the independent standard normals of step `t`. */
  normals(t: number, out: Float64Array): void
}

export function createDraws(rng: Rng): Draws {
  const key = [rng.uint32(), rng.uint32()] as const
  const words = new Uint32Array(4)
  return {
    normals: (t, out) => {
      for (let pair = 0; pair < out.length; pair += 2) {
        philox4x32([t >>> 0, Math.floor(t / 2 ** 32), pair, 0], key, words)
        // Box-Muller on two uniforms of 53 bits.
        const radius = Math.sqrt(-2 * Math.log(1 - uniform(words[0]!, words[1]!)))
        const angle = 2 * Math.PI * uniform(words[2]!, words[3]!)
        out[pair] = radius * Math.cos(angle)
        out[pair + 1] = radius * Math.sin(angle)
      }
    },
  }
}

function uniform(high: number, low: number): number {
  return ((high >>> 5) * 67108864 + (low >>> 6)) / 9007199254740992
}
