/** Predictions for the rows of a file, by one version of a model; columns are found by name, other columns are ignored. */
import { check } from '../core/checks.ts'
import { QuorumError } from '../core/errors.ts'
import {
  combinePredictions,
  loadEnsemble,
  type CombinedPredictions,
  type Predictions,
} from '../models/index.ts'
import type { Version } from '../registry/index.ts'
import { featureMatrix, readTableFile, sortedRows, windowEnds } from './data/dataset-file.ts'
import type { Platform } from './platform.ts'

export interface FilePredictions extends CombinedPredictions {
  readonly time: Float64Array
  readonly symbol: readonly string[]
}

/** @throws BAD_DATA naming a missing column, NO_ROWS where no window is full. */
export async function predictFile(
  { artifacts, config }: Platform,
  version: Version,
  file: string,
  note: (line: string) => void,
): Promise<FilePredictions> {
  const table = await readTableFile(file)
  const ensemble = await loadEnsemble(
    artifacts,
    version.artifact,
    version,
    version.members,
    config.inference,
  )
  try {
    const features = ensemble.members[0]!.manifest.input.features
    const same = ensemble.members.every(
      (one) => one.manifest.input.features.join() === features.join(),
    )
    check(
      same,
      `the feature sets of ${version.model}`,
      'the same for all members',
      'different ones',
    )
    const unused = [
      ...table.ignored,
      ...[...table.numbers.keys()].filter((name) => !features.includes(name) && name !== 'time'),
    ]
    if (unused.length > 0) note(`ignored columns: ${unused.join(', ')}`)
    const order = sortedRows(table)
    const width = features.length
    const unsorted = featureMatrix(table, features, file)
    const X = new Float32Array(unsorted.length)
    order.forEach((row, i) => X.set(unsorted.subarray(row * width, (row + 1) * width), i * width))
    const symbol = Int32Array.from(order, (row) => table.symbol[row]!)
    const ends = Int32Array.from(windowEnds(symbol, ensemble.window))
    if (ends.length === 0) {
      throw new QuorumError('NO_ROWS', {
        source: file,
        reason: `the model looks at ${ensemble.window} rows and no symbol has that many`,
      })
    }
    const predictions: Predictions[] = []
    for (const { fitted } of ensemble.members)
      predictions.push(await fitted.predict({ rows: table.rows, features, X }, ends))
    const time = table.numbers.get('time')
    return {
      time: Float64Array.from(ends, (row) =>
        time === undefined ? order[row]! : time[order[row]!]!,
      ),
      symbol: Array.from(ends, (row) => table.symbols[symbol[row]!]!),
      ...combinePredictions(ensemble.members, predictions),
    }
  } finally {
    await ensemble.dispose()
  }
}
