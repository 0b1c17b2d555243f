/** `quorum models explain`: which features a version looks at, and what its newest predictions are made of. */
import type { Command } from 'commander'
import { explainVersion } from '../../pipelines/index.ts'
import { list, openSession, withPlatform } from '../command.ts'
import { modelReference } from '../model-reference.ts'
import { integer } from '../numbers.ts'
import { fixed, isoMinute, table } from '../output.ts'

interface Options {
  readonly symbols?: string[]
  readonly top: number
}

export function addExplain(group: Command): void {
  group
    .command('explain <model> [version]')
    .description('importance of the features of a tree model, and SHAP values of the newest rows')
    .option('--symbols <list>', 'comma-separated (default: those it was trained on)', list)
    .option('--top <n>', 'features to show', integer, 10)
    .action(
      async (name: string, ownVersion: string | undefined, options: Options, command: Command) => {
        const session = await openSession(command)
        const reference = modelReference(name, ownVersion)
        const [found, explained] = await withPlatform(session, async (platform) => {
          const one = await platform.registry.models.resolve(reference.model, reference.version)
          const { symbols, top } = options
          return [one, await explainVersion(platform, one, { symbols, top })] as const
        })
        const { model, version, artifact } = found
        session.output.result({ model, version, artifact, ...explained }, () => [
          `${model} version ${version}, on ${explained.rows} rows`,
          ...table(
            ['feature', 'gain', 'cover', 'weight', 'permutation', 'mean |shap|'],
            explained.features.map((one) => [
              one.feature,
              fixed(one.gain),
              fixed(one.cover),
              one.weight,
              one.permutation.toPrecision(4),
              one.shap.toPrecision(4),
            ]),
          ),
          ...explained.newest.flatMap((row) => [
            '',
            `${row.symbol} ${isoMinute(row.time)}: margin ${row.margins.map((margin) => margin.toPrecision(4)).join(', ')} from ${explained.base[0]!.toPrecision(4)}`,
            ...table(
              ['feature', 'value', 'shap'],
              row.contributions.map((one) => [
                one.feature,
                one.value === null ? 'missing' : one.value.toPrecision(4),
                one.shap.toPrecision(4),
              ]),
            ),
          ]),
        ])
      },
    )
}
