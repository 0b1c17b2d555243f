/**
 * Import: a model that another program trained becomes a version. It is judged on the newest stored bars like any other; what it was trained on is not
 * known, so all of these count as in-sample.
 */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { unknownName } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { evaluatePredictions, findKind, modelKinds } from '../../models/index.ts'
import type { Recipe } from '../../registry/index.ts'
import type { JobContext } from '../jobs/handler.ts'
import type { Platform } from '../platform.ts'
import { putModel } from './artifacts.ts'
import { deviation } from './deviation.ts'
import { planFits } from './plan.ts'
import { register, type TrainResult } from './register.ts'

/** The kind that reads a format. @throws UNKNOWN_NAME */
export function importingKind(format: string): string {
  const kind = modelKinds.find(({ imports = {} }) => Object.hasOwn(imports, format))
  if (kind !== undefined) return kind.name
  const known = modelKinds.flatMap(({ imports = {} }) => Object.keys(imports))
  throw unknownName('import format', format, known)
}

/** @throws FILE_NOT_FOUND, BAD_DATA for a file that the kind cannot hold or of another number of features */
export async function importModel(
  platform: Platform,
  recipe: Recipe,
  { file, format }: { readonly file: string; readonly format: string },
  context: JobContext,
  author: string,
): Promise<TrainResult> {
  const startedAt = platform.clock.now()
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new QuorumError('FILE_NOT_FOUND', { path: file }, { cause })
  })
  const [planned] = await planFits(platform, recipe, context)
  const { dataset, train, validation, kind: name } = planned!.task
  const kind = findKind(name)
  const read = kind.imports![format]!
  const files = read(bytes, { features: dataset.features, source: basename(file) })
  const model = await kind.load(files)
  try {
    const { prediction } = await model.predict(dataset, validation)
    const column = (values: Float64Array): Float64Array =>
      Float64Array.from(validation, (row) => values[row]!)
    const seconds = (platform.clock.now() - startedAt) / 1_000
    // The parameters of its training are in no file of it.
    const plan = { ...planned!, task: { ...planned!.task, params: {} } }
    const stored = await putModel(platform, plan, {
      ...{ files, outputs: model.outputs, window: model.window, curve: [], seconds },
      metrics: evaluatePredictions({
        prediction,
        y: column(dataset.y),
        weight: column(dataset.weight),
        group: Int32Array.from(validation, (row) => dataset.group[row]!),
      }),
      validationPrediction: prediction,
      labelDeviation: deviation(train, dataset.y),
      timing: { startedAt, seconds, rowsPerSecond: null, resumedFrom: null },
    })
    const note = `imported from ${format}; its metrics may be in-sample, since what it was trained on is not known`
    context.note(note)
    return await register(platform, { models: [stored] }, context, { author, notes: [note] })
  } finally {
    await model.dispose()
  }
}
