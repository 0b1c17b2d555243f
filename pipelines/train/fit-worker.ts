/** Worker entry: fits one model on a shared dataset and judges it on the validation rows. */
import { createRng } from '../../core/rng.ts'
import { serveWorker } from '../../core/workers.ts'
import { evaluatePredictions, findKind } from '../../models/index.ts'
import type { FitResult, FitTask } from './fit-task.ts'

serveWorker(async (task: FitTask, { signal, report, call }): Promise<FitResult> => {
  const { dataset, train, validation } = task
  const kind = findKind(task.kind)
  const model = await kind.fit(dataset, kind.params.parse(task.params), {
    train,
    validation,
    rng: createRng(task.seed).stream(`fit/${task.kind}`),
    signal,
    threads: task.threads,
    onProgress: report,
    ...(task.checkpoints
      ? {
          checkpoint: {
            load: async () => (await call('load', null)) as Uint8Array | undefined,
            save: async (state: Uint8Array) => {
              await call('save', state)
            },
          },
        }
      : {}),
  })
  try {
    const { prediction } = await model.predict(dataset, validation)
    return {
      files: model.save(),
      outputs: model.outputs,
      window: model.window,
      metrics: evaluatePredictions({
        prediction,
        y: Float64Array.from(validation, (row) => dataset.y[row]!),
        weight: Float64Array.from(validation, (row) => dataset.weight[row]!),
        group: Int32Array.from(validation, (row) => dataset.group[row]!),
      }),
      validationPrediction: prediction,
      labelDeviation: deviation(train, dataset.y),
    }
  } finally {
    await model.dispose()
  }
})

function deviation(rows: Int32Array, y: Float64Array): number {
  let mean = 0
  for (const row of rows) mean += y[row]! / rows.length
  let squares = 0
  for (const row of rows) squares += (y[row]! - mean) ** 2
  return rows.length > 1 ? Math.sqrt(squares / (rows.length - 1)) : 0
}
