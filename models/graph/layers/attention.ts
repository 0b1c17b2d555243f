/** Attention: Vaswani et al., "Attention is all you need" (2017), and the pooling of a sequence by learned weights. */
import { withGradient } from '../custom-gradient.ts'
import type { Value } from '../graph.ts'
import {
  matmul,
  mul,
  reduceMax,
  reduceSum,
  reshape,
  softmax,
  sub,
  transpose,
  where,
} from '../operations/index.ts'
import type { Dimension } from '../tensor.ts'

export interface AttentionShape {
  readonly window: number
  readonly batch: Dimension
  readonly heads: number
}

/**
 * How far below the greatest visible score of its row a masked one lies: its exponential is far below what a float32 sum can hold, and still a normal number. (With −∞ or
 * −10⁹ the runtimes produce denormal ones, which cost a hundred times as much.)
 */
const maskedDepth = 60

/**
 * Causal multi-head attention: no moment sees a later one.
 * @param queries divided by √(width of a head) already: scaling the weights that make them costs nothing a row
 * @param queries, keys, values rows of all moments, time first: `[window · batch, dim]` or `[window, batch, dim]`, the heads side by side
 * @returns rows of the same shape
 */
export function causalAttention(
  [queries, keys, values]: readonly [Value, Value, Value],
  { window, batch, heads }: AttentionShape,
): Value {
  const { type } = queries
  const width = (type.shape.at(-1) as number) / heads
  /** `[batch, heads, window, width]` */
  const byHead = (rows: Value): Value =>
    transpose(reshape(rows, [window, batch, heads, width]), [1, 2, 0, 3])
  const scores = matmul(byHead(queries), byHead(keys), { transposeRight: true })
  const seen = matmul(softmax(causallyMasked(scores)), byHead(values))
  return reshape(transpose(seen, [2, 0, 1, 3]), type.shape)
}

/** Scores `[..., window, window]` whose later columns no row gives weight to. */
function causallyMasked(scores: Value): Value {
  const { graph, type } = scores
  const window = type.shape.at(-1) as number
  const visible = graph.constant(
    'bool',
    [window, window],
    Float64Array.from({ length: window * window }, (_, i) =>
      i % window > Math.floor(i / window) ? 0 : 1,
    ),
  )
  const greatest = reduceMax(where(visible, scores, -1e30), type.shape.length - 1)
  // A masked score has no weight, so nothing flows into it, nor into the greatest, which shifts a whole row.
  return withGradient(where(visible, scores, sub(greatest, maskedDepth)), [scores], (upstream) => [
    upstream,
  ])
}

export interface Pooled {
  /** `[batch, width]` */
  readonly embedding: Value
  /** `[batch, window]`, each row adding up to 1. */
  readonly attention: Value
}

/** A weighted mean over moments, the weights being the softmax of one score a moment (Bahdanau et al. 2015, with one query for all). */
export function attentionPooling(x: Value, score: Value): Pooled {
  const [window, batch, width] = x.type.shape as [number, Dimension, number]
  const scores = reshape(matmul(x, reshape(score, [width, 1])), [window, batch])
  const attention = softmax(transpose(scores, [1, 0]))
  const shares = reshape(transpose(attention, [1, 0]), [window, batch, 1])
  return { embedding: reduceSum(mul(x, shares), { axes: [0] }), attention }
}
