/** Interleaved pairs: ours, the reference, ours, the reference … `ratio` > 1 means that ours is better. */
export interface Row {
  readonly name: string
  readonly unit: string
  readonly ours: number
  readonly reference: number | null
  readonly referenceName: string
  readonly ratio: number | null
  readonly q1: number | null
  readonly q3: number | null
  readonly note?: string
}

export interface Pair {
  readonly name: string
  readonly unit: string
  /** Whether a larger value is better (a rate) or a smaller one (a time). */
  readonly better: 'higher' | 'lower'
  readonly ours: () => Promise<number>
  readonly reference: (() => Promise<number>) | undefined
  readonly referenceName: string
  /** How often both are measured; fewer than the default only where a measurement does not vary. */
  readonly pairs?: number
}

const defaultPairs = 9

export async function measure({
  name,
  unit,
  better,
  ours,
  reference,
  referenceName,
  pairs = defaultPairs,
}: Pair): Promise<Row> {
  const own: number[] = []
  const other: number[] = []
  for (let k = 0; k < pairs; k++) {
    own.push(await ours())
    if (reference !== undefined) other.push(await reference())
    console.error(`${name}: ${k + 1} of ${pairs}`)
  }
  const base = { name, unit, ours: quantile(own, 0.5), referenceName }
  if (reference === undefined) {
    return {
      ...base,
      reference: null,
      ratio: null,
      q1: null,
      q3: null,
      note: `${referenceName} is not installed`,
    }
  }
  const ratios = own.map((value, k) =>
    better === 'higher' ? value / other[k]! : other[k]! / value,
  )
  return {
    ...base,
    reference: quantile(other, 0.5),
    ratio: quantile(ratios, 0.5),
    q1: quantile(ratios, 0.25),
    q3: quantile(ratios, 0.75),
  }
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = q * (sorted.length - 1)
  const low = sorted[Math.floor(at)]!
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at))
}

export function report(rows: readonly Row[]): string {
  const show = (value: number | null, digits = 2): string =>
    value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: digits })
  return rows
    .map(
      (row) =>
        `${row.name.padEnd(16)} ${show(row.ours).padStart(12)} ${row.unit.padEnd(11)} reference ${show(row.reference).padStart(12)} (${row.referenceName})  ratio ${show(row.ratio, 3)} [${show(row.q1, 3)}, ${show(row.q3, 3)}]${row.note === undefined ? '' : `  ${row.note}`}`,
    )
    .join('\n')
}
