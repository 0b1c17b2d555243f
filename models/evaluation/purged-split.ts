/**
 * One purged split in time: the newest moments validate, and a row trains only if its label is known before they begin.
 * Source: López de Prado, "Advances in Financial Machine Learning" (2018), sections 7.4.1 (purging) and 7.4.2 (embargo).
 *
 * The trap: a row decided before the validation period may carry a label that ends inside it. Keeping such a row trains on the
 * answers. Here a row trains only if `labelEnd ≤ start of validation − embargo`. The embargo lies before the validation
 * period, since nothing after it trains; it covers features and returns that remain correlated past the label's end.
 */
import { check, checkInteger, checkNumber } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import type { Dataset } from '../../features/dataset.ts'

export interface PurgedSplitOptions {
  /** Share of the moments that validate, the newest ones; at least one. In (0, 1). */
  readonly validationFraction: number
  /** Gap between the last training label and the first validation moment, in moments. Not together with `embargoMs`. */
  readonly embargoBars?: number
  readonly embargoMs?: number
}

export interface TimeSplit {
  /** Rows of `dataset.samples`, ascending. */
  readonly train: Int32Array
  readonly validation: Int32Array
  /** Decision moment of the first validation row, milliseconds. */
  readonly validationStart: number
}

/**
 * @throws NO_ROWS where either side would be empty.
 * @example ten daily moments with labels of one day, `validationFraction: 0.3` → train rows 0 … 6, validation rows 7, 8, 9
 */
export function purgedTimeSplit(
  dataset: Dataset,
  { validationFraction, embargoBars, embargoMs }: PurgedSplitOptions,
): TimeSplit {
  checkNumber('validationFraction', validationFraction)
  check(
    validationFraction > 0 && validationFraction < 1,
    'validationFraction',
    'between 0 and 1',
    validationFraction,
  )
  check(
    embargoBars === undefined || embargoMs === undefined,
    'embargo',
    'given in bars or in milliseconds',
    'both',
  )
  checkInteger('embargoBars', embargoBars ?? 0, { min: 0 })
  checkNumber('embargoMs', embargoMs ?? 0, { min: 0 })

  const moments = Float64Array.from(
    new Set(Float64Array.from(dataset.samples, (row) => dataset.time[row]!)),
  ).sort()
  const count = Math.max(1, Math.round(moments.length * validationFraction))
  const first = moments.length - count
  const validationStart = moments[first] ?? NaN
  const cut = (moments[first - (embargoBars ?? 0)] ?? -Infinity) - (embargoMs ?? 0)
  const validation = dataset.samples.filter((row) => dataset.time[row]! >= validationStart)
  const train = dataset.samples.filter(
    (row) => dataset.time[row]! < validationStart && dataset.labelEnd[row]! <= cut,
  )
  for (const [name, rows] of [
    ['training', train],
    ['validation', validation],
  ] as const) {
    if (rows.length > 0) continue
    const reason = `${moments.length} moments leave none after purging and embargo`
    throw new QuorumError('NO_ROWS', { source: `the ${name} set`, reason })
  }
  return { train, validation, validationStart }
}
