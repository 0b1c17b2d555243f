/** Worker entry: fits one model on a shared dataset and judges it on the validation rows. */
import { createRng } from '../../core/rng.ts'
import { serveWorker } from '../../core/workers.ts'
import { evaluatePredictions, findKind, type FitProgress } from '../../models/index.ts'
import { checkpointPace } from './checkpoint-pace.ts'
import { deviation } from './deviation.ts'
import type { FitResult, FitTask, SaveCall } from './fit-task.ts'

serveWorker(async (task: FitTask, { signal, report, call }): Promise<FitResult> => {
  const { dataset, train, validation } = task
  await call('begin')
  const began = performance.now()
  const pace = checkpointPace(() => performance.now())
  let latest: FitProgress | undefined
  const kind = findKind(task.kind)
  const model = await kind.fit(dataset, kind.params.parse(task.params), {
    train,
    validation,
    rng: createRng(task.seed).stream(`fit/${task.kind}`),
    signal,
    // Parallelism is across fits: a fit of one thread gives the same bits on every machine load.
    threads: 1,
    device: task.device,
    onProgress(progress) {
      latest = progress
      return report(progress)
    },
    checkpoint: {
      load: async () => (await call('load')) as Uint8Array | undefined,
      due: () => latest !== undefined && pace.due(),
      async save(state) {
        if (latest === undefined || !pace.due()) return
        const { done, total, unit } = latest
        const saved: SaveCall = { state, position: { done, total, unit } }
        await pace.measure(async () => {
          await call('save', saved)
        })
      },
    },
  })
  const seconds = (performance.now() - began) / 1_000
  try {
    const { prediction } = await model.predict(dataset, validation)
    return {
      files: model.save(),
      outputs: model.outputs,
      window: model.window,
      curve: model.curve ?? [],
      metrics: evaluatePredictions({
        prediction,
        y: Float64Array.from(validation, (row) => dataset.y[row]!),
        weight: Float64Array.from(validation, (row) => dataset.weight[row]!),
        group: Int32Array.from(validation, (row) => dataset.group[row]!),
      }),
      validationPrediction: prediction,
      labelDeviation: deviation(train, dataset.y),
      seconds,
    }
  } finally {
    await model.dispose()
  }
})
