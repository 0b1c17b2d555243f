/**
 * Recipe: everything a training is a function of, besides data and code. `train` stores its flags as the recipe, a schedule
 * reruns a model's newest one. Read and written as YAML, strict: an unknown key is an error.
 */
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { canonicalJson, sha256 } from '../core/canonical-json.ts'
import { invalid, unknownName } from '../core/checks.ts'
import { QuorumError } from '../core/errors.ts'
import { formatLabel, parseLabel, parseSampleWeights } from '../features/index.ts'
import { maxSeeds, memberFaults, modelName } from './recipe-members.ts'

const date = z.iso.date()
const params = z.record(z.string(), z.json()).default({})

/** Rows from a file instead of stored bars. */
const datasetFile = z.strictObject({
  file: z.string(),
  target: z.string(),
  /** Rows after which a label is known, where the file has no column `labelEnd`. */
  horizon: z.int().min(0).optional(),
})

const windowSchema = z.union([
  /** Fixed dates in the instrument's zone, both inclusive; no `to` = the newest closed bar. */
  z.strictObject({ from: date.optional(), to: date.optional() }),
  /** From a date to the newest closed bar. */
  z.strictObject({ expanding: z.strictObject({ from: date }) }),
  /** The last so many calendar days up to the newest closed bar. */
  z.strictObject({ rolling: z.strictObject({ days: z.int().min(1) }) }),
])

const member = z.strictObject({
  model: modelName,
  kind: z.string(),
  params,
  features: z.string().optional(),
})

export const recipeSchema = z
  .strictObject({
    model: modelName,
    kind: z.string().optional(),
    params,
    members: z.array(member).min(1).optional(),
    features: z.string().default('base'),
    symbols: z.array(z.string().min(1)).default([]),
    dataset: datasetFile.optional(),
    timeframe: z.string().default('1d'),
    label: z.string().default('return:1@open'),
    window: windowSchema.default({}),
    validation: z
      .strictObject({
        /** Share of the newest moments kept to stop early and to measure. */
        fraction: z.number().gt(0).lt(0.9).default(0.2),
        /** Bars left out after the purge between training and validation. */
        embargoBars: z.int().min(0).default(5),
      })
      .prefault({}),
    seed: z.int().min(0).default(1),
    /** A seed ensemble: each model is trained this often, with seeds drawn from `seed`, as `MODEL-s1`, `MODEL-s2` … */
    seeds: z
      .int()
      .min(1, `an integer from 1 to ${maxSeeds}`)
      .max(maxSeeds, `an integer from 1 to ${maxSeeds}`)
      .default(1),
    quorum: z.int().min(1).optional(),
    deadband: z.number().min(0).optional(),
    weights: z
      .union([z.enum(['equal', 'ic']), z.record(z.string(), z.number().positive())])
      .default('equal'),
    /** What the training rows weigh; absent = uniform. */
    sampleWeights: z.string().optional(),
    confirmations: z
      .strictObject({
        volume: z.boolean().default(false),
        trend: z.boolean().default(false),
        rewardRisk: z.number().positive().nullable().default(null),
      })
      .prefault({}),
  })
  .superRefine((recipe, context) => {
    if ((recipe.symbols.length === 0) === (recipe.dataset === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['symbols'],
        message: 'given, or else dataset, and not both',
      })
    }
    if ((recipe.kind === undefined) === (recipe.members === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['kind'],
        message: 'given, or else members, and not both',
      })
    }
    for (const [key, message] of memberFaults(recipe))
      context.addIssue({ code: 'custom', path: [key], message })
  })

export type DatasetFile = z.infer<typeof datasetFile>
export type Recipe = z.infer<typeof recipeSchema>
export type RecipeInput = z.input<typeof recipeSchema>

/** @throws INVALID_VALUE naming the key, or UNKNOWN_NAME with the nearest valid key. */
export function parseRecipe(value: unknown): Recipe {
  const parsed = recipeSchema.safeParse(value)
  if (parsed.success) return canonical(parsed.data)
  const issue = parsed.error.issues[0]!
  const path = ['recipe', ...issue.path].join('.')
  if (issue.code === 'unrecognized_keys') {
    throw unknownName(`key of ${path}`, issue.keys[0]!, Object.keys(recipeSchema.shape))
  }
  throw invalid(path, issue.message, valueAt(value, issue.path))
}

/**
 * Label and sample weights in their canonical text, so that equal recipes have equal hashes. The label of a file's rows is a name for what its target holds.
 * @throws UNKNOWN_NAME, INVALID_VALUE
 */
function canonical({ sampleWeights, ...recipe }: Recipe): Recipe {
  const { dataset, label } = recipe
  const weights = sampleWeights === undefined ? 'uniform' : parseSampleWeights(sampleWeights).text
  return {
    ...recipe,
    label: dataset === undefined ? formatLabel(parseLabel(label)) : label,
    ...(weights === 'uniform' ? {} : { sampleWeights: weights }),
  }
}

export function recipeFromYaml(text: string, path: string): Recipe {
  let value: unknown
  try {
    value = parse(text)
  } catch (cause) {
    const reason = (cause as Error).message.split('\n')[0] ?? 'not YAML'
    throw new QuorumError('CONFIG_UNREADABLE', { path, reason }, { cause })
  }
  return parseRecipe(value)
}

export function recipeToYaml(recipe: Recipe): string {
  return stringify(recipe)
}

export function recipeHash(recipe: Recipe): string {
  return sha256(canonicalJson(recipe))
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}
