/** What a recipe comes to: one planned fit a model, on datasets and splits that members share. All checks come before any fit. */
import { invalid, unknownName } from '../../core/checks.ts'
import { createRng } from '../../core/rng.ts'
import { shared, type Dataset } from '../../features/index.ts'
import {
  findKind,
  purgedTimeSplit,
  resolveDevice,
  type ModelManifest,
  type TimeSplit,
} from '../../models/index.ts'
import { seedName, type Recipe } from '../../registry/index.ts'
import { createDatasets, type NamedDataset } from '../data/datasets.ts'
import type { JobContext } from '../jobs/handler.ts'
import type { Platform } from '../platform.ts'
import type { NamedFit } from './fit-all.ts'
import { weighSamples } from './weigh-samples.ts'
import { checkTrainingData, describeColumns, type FlatColumn } from './training-data.ts'

export interface PlannedFit extends NamedFit {
  /** The recipe of this one model: trained alone it gives the same artifact. */
  readonly recipe: Recipe
  readonly featureSet: ModelManifest['featureSet']
  readonly flat: readonly FlatColumn[]
}

interface Looked {
  /** With the weights of the recipe. */
  readonly dataset: Dataset
  readonly split: TimeSplit
  readonly flat: readonly FlatColumn[]
}

/** @throws UNKNOWN_NAME, INVALID_VALUE, NO_ROWS, BAD_DATA */
export async function planFits(
  platform: Platform,
  recipe: Recipe,
  { note }: Pick<JobContext, 'note'>,
): Promise<PlannedFit[]> {
  const recipes = singleRecipes(recipe)
  const params = recipes.map((one) => parseParams(one.kind!, one.params))
  recipes.forEach(({ model, kind, params: given }, k) => {
    for (const line of findKind(kind!).idle?.(Object.keys(given), params[k]!) ?? [])
      note(`${model}: ${line}`)
  })
  const device = await resolveDevice(platform.config.training.device)
  const datasets = await createDatasets(platform, recipe, note)
  const looked = new Map<Dataset, Looked>()
  const look = ({ dataset, barReturns }: NamedDataset): Looked => {
    const known = looked.get(dataset)
    if (known !== undefined) return known
    const { fraction: validationFraction, embargoBars } = recipe.validation
    const split = purgedTimeSplit(dataset, { validationFraction, embargoBars })
    const source = recipe.dataset?.file ?? recipe.symbols.slice(0, 5).join(', ')
    const label = recipe.dataset?.target ?? recipe.label
    const flat = checkTrainingData(dataset, split, { source, label })
    if (flat.length > 0)
      note(
        `${recipe.model}: ${describeColumns(flat)} do not vary in the training rows; models are trained around them`,
      )
    const [train, validation] = [onShared(split.train), onShared(split.validation)]
    const weighed = weighSamples(dataset, train, { weights: recipe.sampleWeights, barReturns })
    const found = { dataset: weighed, split: { ...split, train, validation }, flat }
    looked.set(dataset, found)
    return found
  }
  const planned: PlannedFit[] = []
  for (const [k, one] of recipes.entries()) {
    const kind = findKind(one.kind!)
    const named = await datasets(one.features, kind.window(params[k]!))
    const { dataset, split, flat } = look(named)
    planned.push({
      model: one.model,
      recipe: one,
      featureSet: named.featureSet,
      flat,
      task: {
        ...{ kind: kind.name, params: params[k]!, dataset, seed: one.seed },
        ...{ train: split.train, validation: split.validation, device },
      },
    })
  }
  return planned
}

/** The recipes of the single models: the recipe itself, its members, or for each of these one a seed. */
function singleRecipes({ members, quorum: _, seeds, ...rest }: Recipe): Recipe[] {
  const single = { ...rest, seeds: 1 }
  if (typeof single.weights === 'object') single.weights = 'equal'
  const models: Recipe[] = members?.map(({ model, kind, params, features }) => ({
    ...single,
    ...{ model, kind, params },
    features: features ?? rest.features,
  })) ?? [single]
  if (seeds === 1) return models
  return models.flatMap((one) =>
    Array.from({ length: seeds }, (_unused, k) => ({
      ...one,
      model: seedName(one.model, k + 1),
      seed: createRng(one.seed)
        .stream(`seed ${k + 1}`)
        .uint32(),
    })),
  )
}

function onShared(rows: Int32Array): Int32Array {
  const copy = new Int32Array(shared(rows.length, 4))
  copy.set(rows)
  return copy
}

function parseParams(kindName: string, given: Recipe['params']): Recipe['params'] {
  const { params: schema, name } = findKind(kindName)
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data as Recipe['params']
  const issue = parsed.error.issues[0]!
  if (issue.code === 'unrecognized_keys') {
    throw unknownName(`parameter of ${name}`, issue.keys[0]!, Object.keys(schema.parse({})))
  }
  throw invalid(`${name}.${issue.path.join('.')}`, issue.message, given[String(issue.path[0])])
}
