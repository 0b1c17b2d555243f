/** `quorum train`: a recipe from flags or a YAML file, trained and registered as a new version. */
import type { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { QuorumError } from '../../core/errors.ts'
import { grammarOf, labelKinds, sampleWeightsGrammar } from '../../features/index.ts'
import { modelKinds } from '../../models/index.ts'
import { parseRecipe, recipeFromYaml, type Recipe } from '../../registry/index.ts'
import { list, openSession, withPlatform, type Register } from '../command.ts'
import { assignment, decimal, integer } from '../numbers.ts'
import { checkTrainFlags } from '../train-flags.ts'
import { runTraining, trainOutput, workFlags, workOptions, type WorkOptions } from '../training.ts'

interface Options extends WorkOptions {
  readonly recipe?: string
  readonly model?: string
  readonly kind?: string
  readonly param: Record<string, unknown>
  readonly features?: string
  readonly symbols?: string[]
  readonly timeframe?: string
  readonly label?: string
  readonly sampleWeights?: string
  readonly from?: string
  readonly to?: string
  readonly rollingDays?: number
  readonly validation?: number
  readonly embargo?: number
  readonly seed?: number
  readonly seeds?: number
  readonly dataset?: string
  readonly target?: string
  readonly horizon?: number
}

export const train: Register = (program) => {
  workOptions(
    program
      .command('train')
      .description('train a model and register it as a new version')
      .option(
        '--recipe <file>',
        'YAML recipe; needed for ensembles, excludes the other recipe flags',
      )
      .option('--model <name>', 'name to register it under')
      .option('--kind <kind>', modelKinds.map(({ name }) => name).join(', '))
      .option(
        '--param <name=value>',
        "one of the kind's parameters; may be repeated",
        assignment,
        {},
      )
      .option('--features <set>', 'feature set (default base)')
      .option('--symbols <list>', 'comma-separated', list)
      .option('--timeframe <timeframe>', 'bars to use (default 1d)')
      .option(
        '--label <label>',
        `${labelKinds.map(grammarOf).join(', ')} (default return:1@open); see docs/reference/labels.md`,
      )
      .option(
        '--sample-weights <weights>',
        `what training rows weigh: ${sampleWeightsGrammar} (default uniform)`,
      )
      .option('--from <date>', 'first decision day, inclusive')
      .option(
        '--to <date>',
        'day by whose end the last label is known, inclusive (default: the newest bar)',
      )
      .option('--rolling-days <n>', 'instead of --from and --to: the last so many days', integer)
      .option(
        '--validation <share>',
        'newest share of moments kept for validation (default 0.2)',
        decimal,
      )
      .option('--embargo <bars>', 'bars left out before validation (default 5)', integer)
      .option('--seed <n>', 'seed of all randomness (default 1)', integer)
      .option(
        '--seeds <n>',
        'train it with so many seeds and register their ensemble; members are MODEL-s1, MODEL-s2 …',
        integer,
      )
      .option('--dataset <file>', 'rows from a CSV or Parquet file instead of stored bars')
      .option('--target <column>', 'with --dataset: the column to predict')
      .option(
        '--horizon <rows>',
        'with --dataset: rows until a label is known, where there is no column labelEnd',
        integer,
      ),
  ).action(async (options: Options, command: Command) => {
    const session = await openSession(command, { flags: workFlags(options) })
    const recipe = await recipeOf(options)
    await withPlatform(session, async (platform) => {
      const result = await runTraining(platform, session, { recipe }, options)
      trainOutput(session, result)
    })
  })
}

async function recipeOf(options: Options): Promise<Recipe> {
  checkTrainFlags({ ...options })
  if (options.recipe !== undefined) {
    const path = options.recipe
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new QuorumError('FILE_NOT_FOUND', { path }, { cause })
    })
    return recipeFromYaml(text, path)
  }
  const { model, kind, param: params, features, symbols, timeframe, label, seed, seeds } = options
  const { sampleWeights } = options
  const {
    from,
    to,
    rollingDays,
    validation: fraction,
    embargo: embargoBars,
    dataset,
    target,
    horizon,
  } = options
  return parseRecipe(
    defined({
      model,
      kind,
      params,
      features,
      symbols,
      timeframe,
      label: dataset === undefined ? label : (label ?? `return:${Math.max(1, horizon ?? 1)}`),
      sampleWeights,
      seed,
      seeds,
      window:
        rollingDays === undefined ? defined({ from, to }) : { rolling: { days: rollingDays } },
      validation: defined({ fraction, embargoBars }),
      dataset:
        dataset === undefined ? undefined : defined({ file: resolve(dataset), target, horizon }),
    }),
  )
}

function defined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined))
}
