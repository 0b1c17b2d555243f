/**
 * Training: recipe → datasets → purged splits → fits in worker threads → validation → artifacts → versions. An ensemble trains
 * its members as registered models of their own; all become visible in one transaction with the end of the run, or none.
 */
import { isEnsemble, type Recipe } from '../../registry/index.ts'
import type { JobContext } from '../jobs/handler.ts'
import type { Platform } from '../platform.ts'
import { putEnsemble, putModel, type StoredModel } from './artifacts.ts'
import { fitAll } from './fit-all.ts'
import { planFits } from './plan.ts'
import { trainingReference } from './reference.ts'
import { register, type NewModel, type TrainResult } from './register.ts'

export async function trainRecipe(
  platform: Platform,
  recipe: Recipe,
  outer: JobContext,
  { author, fresh = false }: { readonly author: string; readonly fresh?: boolean | undefined },
): Promise<TrainResult> {
  const notes: string[] = []
  const context: JobContext = {
    ...outer,
    note(line) {
      notes.push(line)
      outer.note(line)
    },
  }
  const { clock } = platform
  const startedAt = clock.now()
  const planned = await planFits(platform, recipe, context)
  const fitted = await fitAll(platform, planned, context, { stage: recipe.model, fresh })
  // Nothing is stored before all fits have ended well: a training that fails leaves no artifact.
  const models: StoredModel[] = []
  for (const [k, plan] of planned.entries())
    models.push(await putModel(platform, plan, fitted[k]!, trainingReference(plan)))
  if (recipe.seeds > 1 && new Set(models.map(weightsHash)).size < models.length)
    context.note(
      `${recipe.model}: some of its seeds gave one and the same model; a kind that draws nothing at random needs no seeds`,
    )
  if (!isEnsemble(recipe)) return register(platform, { models }, context, { author, notes })
  const stored = await putEnsemble(platform, recipe, models)
  const seconds = (clock.now() - startedAt) / 1_000
  const ensemble: NewModel = {
    ...{ name: recipe.model, recipe, ...stored },
    timing: { startedAt, seconds, rowsPerSecond: null, resumedFrom: null },
  }
  return register(platform, { models, ensemble }, context, { author, notes })
}

/** Of the model's own files; manifest and card also tell the seed. */
function weightsHash({ manifest: { kind, files } }: StoredModel): string {
  return JSON.stringify({ kind, ...files, 'card.md': undefined })
}
