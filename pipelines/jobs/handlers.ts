/** The table of job handlers, one a kind of run. */
import { z } from 'zod'
import type { RunKind } from '../../registry/index.ts'
import { parseRecipe } from '../../registry/index.ts'
import { runExperiment } from '../experiment.ts'
import { runIngest } from '../data/ingest-job.ts'
import { matureOutcomes } from '../mature.ts'
import { importModel } from '../train/import.ts'
import { trainRecipe } from '../train/train.ts'
import type { JobHandler } from './handler.ts'

/** Starts anew instead of going on from a checkpoint that an interrupted run left. */
const fresh = z.boolean().optional()

const trainPayload = z.union([
  z.strictObject({ recipe: z.unknown(), author: z.string(), fresh }),
  /** Reruns the newest recipe of a model, as of when the run begins. */
  z.strictObject({ retrain: z.string(), author: z.string(), fresh }),
  /** Another program's model in place of a fit. */
  z.strictObject({
    import: z.strictObject({ file: z.string(), format: z.string() }),
    recipe: z.unknown(),
    author: z.string(),
  }),
])

export const jobHandlers: Readonly<Record<RunKind, JobHandler>> = {
  async train(platform, payload, context) {
    const task = trainPayload.parse(payload)
    if ('import' in task)
      return importModel(platform, parseRecipe(task.recipe), task.import, context, task.author)
    const recipe =
      'retrain' in task
        ? await platform.registry.models.newestRecipe(task.retrain)
        : parseRecipe(task.recipe)
    return trainRecipe(platform, recipe, context, task)
  },
  ingest: runIngest,
  experiment: runExperiment,
  mature: matureOutcomes,
}
