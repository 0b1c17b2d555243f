/** Metrics that early stopping can watch, on the margins of a range of rows; XGBoost's names. */
import { unknownName } from '../../../core/checks.ts'
import { gradeGain, groupRows, placeDiscount } from './ranking.ts'
import type { Objective } from './objective.ts'

export interface MetricRows {
  /** `[outputs, rows]` */
  readonly margins: Float64Array
  readonly rows: number
  readonly labels: Float64Array
  readonly weights: Float64Array
  readonly from: number
  readonly to: number
  /** Only every so many rows, to be quick. */
  readonly step?: number
  /** Group of each row from `from` on. */
  readonly group?: Int32Array
}

export interface MetricSettings {
  readonly quantile_alpha: readonly number[]
  readonly huber_slope: number
}

export interface Metric {
  readonly name: string
  readonly better: 'lower' | 'higher'
  readonly value: (rows: MetricRows, objective: Objective, settings: MetricSettings) => number
  /** Its parts, where it is a weighted mean of what each row loses on what is predicted for it. */
  readonly ofRows?: RowMean
}

export interface RowMean {
  readonly loss: (predicted: Float64Array, label: number, settings: MetricSettings) => number
  readonly finish: (mean: number) => number
}

function mean(
  loss: RowMean['loss'],
  finish: RowMean['finish'] = (value) => value,
): Pick<Metric, 'value'> & { readonly ofRows: RowMean } {
  const ofRows = { loss, finish }
  const value: Metric['value'] = (range, objective, settings) => {
    const { weights, from, to, step = 1 } = range
    const losses = new Float64Array(Math.ceil((to - from) / step))
    rowLosses(range, { objective, settings, ofRows, losses })
    return meanLoss(ofRows, losses, { weights, from, step })
  }
  return { value, ofRows }
}

/** What every `step`th row of a range loses. */
export function rowLosses(
  { margins, rows, labels, from, to, step = 1 }: Omit<MetricRows, 'weights' | 'group'>,
  {
    objective,
    settings,
    ofRows: { loss },
    losses,
  }: {
    readonly objective: Pick<Objective, 'outputs' | 'transform'>
    readonly settings: MetricSettings
    readonly ofRows: RowMean
    readonly losses: Float64Array
  },
): void {
  const predicted = new Float64Array(objective.outputs)
  for (let row = from, place = 0; row < to; row += step, place++) {
    for (let k = 0; k < predicted.length; k++) predicted[k] = margins[k * rows + row]!
    objective.transform(predicted)
    losses[place] = loss(predicted, labels[row]!, settings)
  }
}

/** The metric of every `step`th row from `from` on, of which each has a loss. */
export function meanLoss(
  { finish }: RowMean,
  losses: Float64Array,
  {
    weights,
    from,
    step,
  }: { readonly weights: Float64Array; readonly from: number; readonly step: number },
): number {
  let [sum, total] = [0, 0]
  for (let place = 0, row = from; place < losses.length; place++, row += step) {
    sum += weights[row]! * losses[place]!
    total += weights[row]!
  }
  return finish(sum / total)
}

const chanceFloor = 1e-16
const logOf = (chance: number): number => Math.log(Math.max(chance, chanceFloor))

/** The label is nearly always 0 or 1; then the other logarithm counts nothing. */
function logLoss(chance: number, label: number): number {
  if (label === 1) return -logOf(chance)
  if (label === 0) return -logOf(1 - chance)
  return -(label * logOf(chance) + (1 - label) * logOf(1 - chance))
}

const metrics: readonly Metric[] = [
  { name: 'rmse', better: 'lower', ...mean((p, y) => (p[0]! - y) ** 2, Math.sqrt) },
  { name: 'mae', better: 'lower', ...mean((p, y) => Math.abs(p[0]! - y)) },
  {
    name: 'mphe',
    better: 'lower',
    ...mean((p, y, { huber_slope: d }) => d * d * (Math.sqrt(1 + ((p[0]! - y) / d) ** 2) - 1)),
  },
  {
    name: 'quantile',
    better: 'lower',
    ...mean((p, y, { quantile_alpha }) =>
      quantile_alpha.reduce(
        (sum, alpha, k) =>
          sum + Math.max(alpha * (y - p[k]!), (alpha - 1) * (y - p[k]!)) / p.length,
        0,
      ),
    ),
  },
  {
    name: 'logloss',
    better: 'lower',
    ...mean((p, y) => logLoss(p[0]!, y)),
  },
  { name: 'error', better: 'lower', ...mean((p, y) => (p[0]! > 0.5 === y > 0.5 ? 0 : 1)) },
  { name: 'mlogloss', better: 'lower', ...mean((p, y) => -logOf(p[y]!)) },
  {
    name: 'merror',
    better: 'lower',
    ...mean((p, y) => (p.indexOf(Math.max(...p)) === y ? 0 : 1)),
  },
  {
    name: 'poisson-nloglik',
    better: 'lower',
    ...mean((p, y) => logGamma(y + 1) + p[0]! - y * logOf(p[0]!)),
  },
  { name: 'ndcg', better: 'higher', value: ndcg },
]

export const metricNames = metrics.map(({ name }) => name)

export function findMetric(name: string): Metric {
  const metric = metrics.find((one) => one.name === name)
  if (metric === undefined) throw unknownName('metric', name, metricNames)
  return metric
}

/** Mean over groups of the discounted gain of the predicted order over that of the best order. Grades are the places of the labels where these are no grades. */
function ndcg({ margins, labels, from, to, group }: MetricRows): number {
  const groups = groupRows(group ?? new Int32Array(to - from))
  let sum = 0
  for (const members of groups) {
    const rows = members.map((k) => from + k)
    const grade = gradesOf(Array.from(rows, (row) => labels[row]!))
    const order = (key: (k: number) => number): number[] =>
      Array.from(rows, (_, k) => k).sort((a, b) => key(b) - key(a) || a - b)
    const gain = (ranked: readonly number[]): number =>
      ranked.reduce((total, k, place) => total + gradeGain(grade[k]!) * placeDiscount(place), 0)
    const ideal = gain(order((k) => grade[k]!))
    sum += ideal > 0 ? gain(order((k) => margins[rows[k]!]!)) / ideal : 1
  }
  return sum / groups.length
}

/** Labels that are grades stay; others become fifths of their group, 0 to 4. */
function gradesOf(labels: readonly number[]): readonly number[] {
  if (labels.every((label) => Number.isInteger(label) && label >= 0 && label <= 31)) return labels
  const sorted = labels.toSorted((a, b) => a - b)
  return labels.map((label) => Math.floor((5 * sorted.indexOf(label)) / labels.length))
}

/** Lanczos' approximation (Press et al., "Numerical Recipes", 6.1). */
function logGamma(x: number): number {
  const terms = [
    76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155,
    0.1208650973866179e-2, -0.5395239384953e-5,
  ]
  const start = x + 5.5 - (x + 0.5) * Math.log(x + 5.5)
  const series = terms.reduce((sum, term, k) => sum + term / (x + 1 + k), 1.000000000190015)
  return -start + Math.log((2.5066282746310005 * series) / x)
}
