/**
 * How good predictions were. Every metric is a finite number, or null where it is not defined (one row, no variation), so that
 * the object is JSON as it stands. Rows whose prediction or label is not finite, and rows of weight 0, are left out; `rows` counts the rest.
 *
 * `ic` is the weighted Pearson correlation over all rows together (the only one that a single series has), `rankIc` the same on ranks.
 * `icMean` … `icT` describe the correlations within each moment that has at least 3 rows: what a panel is judged by, since it
 * ignores the level of the market (Grinold and Kahn, "Active Portfolio Management", 2nd ed., chapter 6). The standard error
 * assumes independent moments: with labels of H bars it is too small by about √H.
 */
import { check } from '../../core/checks.ts'
import { pearson, ranks } from './correlation.ts'

export type Metrics = {
  readonly rows: number
  readonly rmse: number | null
  readonly mae: number | null
  /** 1 − squared error / squared deviation from the weighted mean of these very labels. */
  readonly r2: number | null
  readonly ic: number | null
  readonly rankIc: number | null
  /** Share of rows whose sign was right, among those where neither prediction nor label is 0. */
  readonly hitRate: number | null
  readonly moments: number
  readonly icMean: number | null
  readonly icStd: number | null
  readonly icStandardError: number | null
  readonly icT: number | null
  readonly rankIcMean: number | null
  readonly rankIcStd: number | null
  readonly rankIcStandardError: number | null
  readonly rankIcT: number | null
}

export interface PredictionsToEvaluate {
  readonly prediction: Float64Array
  readonly y: Float64Array
  readonly weight?: Float64Array | undefined
  /** Moment of each row; rows of one moment carry the same number. */
  readonly group: Int32Array
}

const minRowsPerMoment = 3

export function evaluatePredictions({
  prediction,
  y,
  weight,
  group,
}: PredictionsToEvaluate): Metrics {
  check(y.length === prediction.length, 'the length of y', String(prediction.length), y.length)
  check(
    group.length === prediction.length,
    'the length of group',
    String(prediction.length),
    group.length,
  )
  const kept = Int32Array.from(prediction, (_, i) => i).filter(
    (i) => Number.isFinite(prediction[i]) && Number.isFinite(y[i]) && (weight?.[i] ?? 1) > 0,
  )
  const p = Float64Array.from(kept, (i) => prediction[i]!)
  const t = Float64Array.from(kept, (i) => y[i]!)
  const w = Float64Array.from(kept, (i) => weight?.[i] ?? 1)
  const g = Int32Array.from(kept, (i) => group[i]!)
  const perMoment = momentCorrelations(p, t, w, g)
  const ic = summary(perMoment.map(({ ic }) => ic))
  const rankIc = summary(perMoment.map(({ rankIc }) => rankIc))
  return {
    rows: kept.length,
    ...errors(p, t, w),
    ic: pearson(p, t, w),
    rankIc: pearson(ranks(p), ranks(t), w),
    moments: perMoment.length,
    icMean: ic.mean,
    icStd: ic.std,
    icStandardError: ic.standardError,
    icT: ic.t,
    rankIcMean: rankIc.mean,
    rankIcStd: rankIc.std,
    rankIcStandardError: rankIc.standardError,
    rankIcT: rankIc.t,
  }
}

function errors(
  p: Float64Array,
  t: Float64Array,
  w: Float64Array,
): Pick<Metrics, 'rmse' | 'mae' | 'r2' | 'hitRate'> {
  if (p.length === 0) return { rmse: null, mae: null, r2: null, hitRate: null }
  let total = 0
  let mean = 0
  let deviations = 0
  let squares = 0
  let absolutes = 0
  let signed = 0
  let hits = 0
  for (let i = 0; i < p.length; i++) {
    total += w[i]!
    const before = t[i]! - mean
    mean += (w[i]! / total) * before
    deviations += w[i]! * before * (t[i]! - mean)
    squares += w[i]! * (p[i]! - t[i]!) ** 2
    absolutes += w[i]! * Math.abs(p[i]! - t[i]!)
    if (p[i] !== 0 && t[i] !== 0) {
      signed += w[i]!
      if (p[i]! > 0 === t[i]! > 0) hits += w[i]!
    }
  }
  return {
    rmse: finite(Math.sqrt(squares / total)),
    mae: finite(absolutes / total),
    r2: finite(1 - squares / deviations),
    hitRate: finite(hits / signed),
  }
}

function momentCorrelations(
  p: Float64Array,
  t: Float64Array,
  w: Float64Array,
  g: Int32Array,
): { ic: number; rankIc: number }[] {
  const members = new Map<number, number[]>()
  g.forEach((moment, i) => {
    const rows = members.get(moment)
    if (rows === undefined) members.set(moment, [i])
    else rows.push(i)
  })
  return [...members.keys()]
    .sort((a, b) => a - b)
    .flatMap((moment) => {
      const rows = members.get(moment)!
      if (rows.length < minRowsPerMoment) return []
      const [a, b, c] = [p, t, w].map((column) => Float64Array.from(rows, (i) => column[i]!)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ]
      const ic = pearson(a, b, c)
      const rankIc = pearson(ranks(a), ranks(b), c)
      return ic === null || rankIc === null ? [] : [{ ic, rankIc }]
    })
}

function summary(
  values: readonly number[],
): Record<'mean' | 'std' | 'standardError' | 't', number | null> {
  const n = values.length
  if (n === 0) return { mean: null, std: null, standardError: null, t: null }
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  const std = finite(Math.sqrt(variance))
  const standardError = std === null ? null : std / Math.sqrt(n)
  return {
    mean,
    std,
    standardError,
    t: standardError === null ? null : finite(mean / standardError),
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
