/** The training that the tree benchmarks time: 100 rounds, depth 6, 256 bins, the parameters of the references. */
import { createRng, findKind, type Dataset, type FittedModel } from '../index.ts'
import type { TreeData } from './trees-data.ts'

export const treeParams = {
  objective: 'binary:logistic',
  n_estimators: 100,
  max_depth: 6,
  learning_rate: 0.1,
  max_bin: 256,
  min_child_weight: 1,
  reg_lambda: 1,
  subsample: 1,
  colsample_bytree: 1,
}

export function fitTrees(data: TreeData, threads: number): Promise<FittedModel> {
  const kind = findKind('gbdt')
  return kind.fit(datasetOf(data), kind.params.parse(treeParams), {
    train: Int32Array.from({ length: data.train }, (_, row) => row),
    rng: createRng(1),
    signal: new AbortController().signal,
    threads,
    onProgress: () => undefined,
  })
}

function datasetOf({ X, y, features, train, test }: TreeData): Dataset {
  const rows = train + test
  return {
    rows,
    features: Array.from({ length: features }, (_, k) => `f${k}`),
    X,
    y,
    weight: new Float64Array(rows).fill(1),
    time: Float64Array.from({ length: rows }, (_, row) => row),
    symbol: new Int32Array(rows),
    symbols: ['X'],
    labelEnd: new Float64Array(rows),
    group: new Int32Array(rows),
    samples: Int32Array.from({ length: rows }, (_, row) => row),
    window: 1,
    fingerprint: 'bench',
  }
}
