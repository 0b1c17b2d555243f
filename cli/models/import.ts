/** `quorum models import`: a model that another program trained becomes a version. */
import type { Command } from 'commander'
import { basename, resolve } from 'node:path'
import { QuorumError } from '../../core/errors.ts'
import { importingKind } from '../../pipelines/index.ts'
import { parseRecipe } from '../../registry/index.ts'
import { list, openSession, withPlatform } from '../command.ts'
import { runTraining, trainOutput } from '../training.ts'

interface Options {
  readonly format: string
  readonly features: string
  readonly model?: string
  readonly symbols?: string[]
  readonly timeframe?: string
  readonly label?: string
}

export function addImport(group: Command): void {
  group
    .command('import <file>')
    .description('register a model that another program trained; XGBoost: JSON or UBJSON')
    .requiredOption('--format <name>', 'xgboost-json or xgboost-ubj')
    .requiredOption('--features <set>', 'feature set whose columns it takes, in its order')
    .option('--model <name>', 'name to register it under (default: the name of the file)')
    .option('--symbols <list>', 'comma-separated: what it is judged on (default: all stored)', list)
    .option('--timeframe <timeframe>', 'bars to use (default 1d)')
    .option('--label <label>', 'what it predicts (default return:1@open)')
    .action(async (file: string, options: Options, command: Command) => {
      const session = await openSession(command)
      const { format, features, timeframe, label } = options
      const kind = importingKind(format)
      const model = options.model ?? basename(file).replace(/\.[^.]*$/, '')
      await withPlatform(session, async (platform) => {
        const symbols = options.symbols ?? (await platform.bars.symbols(timeframe ?? '1d'))
        if (symbols.length === 0)
          throw new QuorumError('USAGE', { reason: 'Give --symbols: no bars are stored yet.' })
        const recipe = parseRecipe({
          ...{ model, kind, features, symbols },
          ...(timeframe === undefined ? {} : { timeframe }),
          ...(label === undefined ? {} : { label }),
        })
        const request = { recipe, import: { file: resolve(file), format } }
        trainOutput(session, await runTraining(platform, session, request, {}))
      })
    })
}
