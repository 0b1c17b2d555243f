/** What is looked at before anything is fitted: data that cannot teach is refused, columns that teach nothing are named. */
import { QuorumError } from '../../core/errors.ts'
import type { Dataset } from '../../features/index.ts'
import type { TimeSplit } from '../../models/index.ts'

export interface FlatColumn {
  readonly name: string
  /** `empty`: no value at all. */
  readonly is: 'constant' | 'empty'
}

/**
 * Columns that do not vary over the windows of the training rows; kinds fit around them.
 * @throws BAD_DATA where all labels are one value or no column varies: there is nothing to learn.
 */
export function checkTrainingData(
  dataset: Dataset,
  { train }: TimeSplit,
  { source, label }: { readonly source: string; readonly label: string },
): FlatColumn[] {
  const rows = train.filter((row) => dataset.weight[row]! > 0)
  // Rows without weight teach nothing, and that is refused by the kind, in its own words.
  if (rows.length === 0) return []
  const first = dataset.y[rows[0]!]
  if (rows.every((row) => dataset.y[row] === first)) {
    throw new QuorumError('BAD_DATA', {
      source,
      reason: `${label} is ${String(first)} in all ${rows.length} training rows, so there is no variation to learn from. Choose another target or a longer period.`,
    })
  }
  const flat = flatColumns(dataset, rows)
  if (flat.length === dataset.features.length) {
    throw new QuorumError('BAD_DATA', {
      source,
      reason: `no column varies in the training rows: ${describeColumns(flat)}. Give at least one that does.`,
    })
  }
  return flat
}

/** `a (constant), b (empty)` */
export function describeColumns(columns: readonly FlatColumn[]): string {
  const shown = columns.slice(0, 20).map(({ name, is }) => `${name} (${is})`)
  const more = columns.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
}

function flatColumns({ X, features, window }: Dataset, rows: Int32Array): FlatColumn[] {
  const width = features.length
  const start = (rows[0]! - window + 1) * width
  const first = X.subarray(start, start + width)
  // Columns not yet seen to vary; few rows empty the list as a rule.
  let open = features.map((_, column) => column)
  let checkedTo = 0
  for (const row of rows) {
    // Rows ascend, so each is read once, however many windows cover it.
    for (let r = Math.max(checkedTo, row - window + 1); r <= row && open.length > 0; r++) {
      open = open.filter((column) => {
        // One value that is missing here and there does vary: trees learn from what is missing.
        return Object.is(X[r * width + column], first[column])
      })
    }
    checkedTo = row + 1
  }
  return open.map((column) => ({
    name: features[column]!,
    is: Number.isNaN(first[column]) ? 'empty' : 'constant',
  }))
}
