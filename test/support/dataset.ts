/**
 * Synthetic datasets for tests: independent normal features, a label planted as a function of the window, noise, optional
 * holes. Everything is drawn from named streams of one seed, so changing one option leaves the rest as it was.
 */
import { createHash } from 'node:crypto'
import { createRng } from '../../core/rng.ts'
import type { Dataset } from '../../features/dataset.ts'

export const dayMs = 86_400_000

export interface SyntheticOptions {
  readonly seed?: number
  readonly symbols?: number
  readonly rowsPerSymbol?: number
  readonly features?: number
  readonly window?: number
  /** Label horizon in rows: labelEnd is the time of the row that many rows on; the last rows have no label. */
  readonly horizon?: number
  /** Deviation of the noise on the label, beside a signal of deviation about 1. */
  readonly noise?: number
  /** Share of feature cells that are NaN. */
  readonly missing?: number
  /** Label units: the label is signal × scale + offset. */
  readonly scale?: number
  readonly offset?: number
  /** The planted signal; `lag` 0 is the sample's own row, 1 the row before. */
  readonly signal?: (at: (lag: number, feature: number) => number) => number
}

export const linearSignal: NonNullable<SyntheticOptions['signal']> = (at) =>
  (at(0, 0) - at(0, 1)) / 2 ** 0.5

/** An interaction that no linear model sees, of the last row alone. */
export const productSignal: NonNullable<SyntheticOptions['signal']> = (at) => at(0, 0) * at(0, 1)

/** A value some rows back: only a model of the window finds it. */
export const laggedSignal: NonNullable<SyntheticOptions['signal']> = (at) => at(2, 0)

export function syntheticDataset({
  seed = 1,
  symbols = 1,
  rowsPerSymbol = 400,
  features = 4,
  window = 1,
  horizon = 1,
  noise = 0.5,
  missing = 0,
  scale = 1,
  offset = 0,
  signal = linearSignal,
}: SyntheticOptions = {}): Dataset {
  const rng = createRng(seed)
  const [cells, noises, holes] = [rng.stream('cells'), rng.stream('noise'), rng.stream('holes')]
  const rows = symbols * rowsPerSymbol
  const clean = Float32Array.from({ length: rows * features }, () => cells.normal())
  const X = clean.map((value) => (holes.uniform() < missing ? NaN : value))
  const y = new Float64Array(rows).fill(NaN)
  const labelEnd = new Float64Array(rows).fill(NaN)
  const time = new Float64Array(rows)
  const symbol = new Int32Array(rows)
  const group = new Int32Array(rows)
  const samples: number[] = []
  for (let row = 0; row < rows; row++) {
    const position = row % rowsPerSymbol
    symbol[row] = Math.floor(row / rowsPerSymbol)
    group[row] = position
    time[row] = (position + 1) * dayMs
    const draw = noises.normal()
    if (position + 1 < window || position + horizon >= rowsPerSymbol) continue
    const at = (lag: number, feature: number): number =>
      position >= lag ? clean[(row - lag) * features + feature]! : 0
    y[row] = (signal(at) + noise * draw) * scale + offset
    labelEnd[row] = time[row]! + horizon * dayMs
    samples.push(row)
  }
  const digest = createHash('sha256')
  for (const column of [X, y, time]) digest.update(new Uint8Array(column.buffer))
  return {
    rows,
    features: Array.from({ length: features }, (_, feature) => `f${feature}`),
    X,
    y,
    weight: new Float64Array(rows).fill(1),
    time,
    symbol,
    symbols: Array.from({ length: symbols }, (_, index) => `S${index}`),
    labelEnd,
    group,
    samples: Int32Array.from(samples),
    window,
    fingerprint: digest.digest('hex'),
  }
}

/** The samples of a dataset before and after a share of its moments: train on the first, look at the second. */
export function splitSamples(
  dataset: Dataset,
  share: number,
): { before: Int32Array; after: Int32Array } {
  const last = dataset.group.reduce((a, b) => Math.max(a, b), 0)
  const cut = share * (last + 1)
  return {
    before: dataset.samples.filter((row) => dataset.group[row]! < cut),
    after: dataset.samples.filter((row) => dataset.group[row]! >= cut),
  }
}
