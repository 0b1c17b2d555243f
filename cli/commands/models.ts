/** `quorum models`: versions, artifacts, aliases, differences. */
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { cliAuthor, openSession, withPlatform, type Register } from '../command.ts'
import { fixed, isoMinute, table } from '../output.ts'

export const models: Register = (program) => {
  const group = program
    .command('models')
    .description('list, show, compare and alias model versions')
  group
    .command('list [model]', { isDefault: true })
    .description('versions of one model or of all')
    .action(async (model: string | undefined, _options, command: Command) => {
      const session = await openSession(command)
      const versions = await withPlatform(session, async ({ registry }) => {
        if (model !== undefined) await registry.models.resolve(model)
        return registry.models.list(model)
      })
      session.output.result({ models: versions }, () =>
        table(
          ['model', 'version', 'aliases', 'ic', 'hit rate', 'created', 'artifact'],
          versions.map((one) => [
            one.model,
            one.version,
            one.aliases.join(', '),
            fixed(one.metrics['icMean'] ?? one.metrics['ic']),
            fixed(one.metrics['hitRate']),
            isoMinute(one.createdAt),
            one.artifact.slice(0, 16),
          ]),
        ),
      )
    })
  group
    .command('show <model> [version]')
    .description('one version with its manifest and card; the version is a number or an alias')
    .action(async (model: string, version: string | undefined, _options, command: Command) => {
      const session = await openSession(command)
      const [found, manifest, card] = await withPlatform(
        session,
        async ({ registry, artifacts }) => {
          const one = await registry.models.resolve(model, version)
          const files = await artifacts.files(one.artifact)
          return [
            one,
            await artifacts.manifest(one.artifact),
            new TextDecoder().decode(files['card.md']),
          ] as const
        },
      )
      session.output.result({ ...found, manifest }, () => [card, stringify(found.recipe)])
    })
  group
    .command('diff <model> <a> <b>')
    .description('what differs between the recipes and metrics of two versions')
    .action(async (model: string, a: string, b: string, _options, command: Command) => {
      const session = await openSession(command)
      const [first, second] = await withPlatform(session, ({ registry }) =>
        Promise.all([registry.models.resolve(model, a), registry.models.resolve(model, b)]),
      )
      const left = flatten({
        recipe: first.recipe,
        metrics: first.metrics,
        artifact: first.artifact,
      })
      const right = flatten({
        recipe: second.recipe,
        metrics: second.metrics,
        artifact: second.artifact,
      })
      const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
        (key) => left[key] !== right[key],
      )
      const differences = keys.map((key) => ({ key, a: left[key] ?? null, b: right[key] ?? null }))
      session.output.result({ model, a: first.version, b: second.version, differences }, () =>
        table(
          ['key', `version ${first.version}`, `version ${second.version}`],
          differences.map((one) => [one.key, show(one.a), show(one.b)]),
        ),
      )
    })
  group
    .command('alias <model> <alias> <version>')
    .description('move an alias, such as champion, to a version')
    .requiredOption('--reason <text>', 'why; kept in the record chain')
    .action(
      async (
        model: string,
        alias: string,
        version: string,
        options: { reason: string },
        command: Command,
      ) => {
        const session = await openSession(command)
        const moved = await withPlatform(session, async ({ registry, records }) => {
          const target = await registry.models.resolve(model, version)
          const move = {
            model,
            alias,
            version: target.version,
            by: cliAuthor,
            reason: options.reason,
          }
          await records.transaction(async (trx) => {
            await registry.models.moveAlias(trx, move)
            await records.append(trx, [{ kind: 'alias.moved', body: move }])
          })
          return move
        })
        session.output.result(moved, () => [`${model} ${alias} is now version ${moved.version}`])
      },
    )
}

function flatten(value: unknown, prefix = ''): Record<string, string | number | boolean | null> {
  if (typeof value !== 'object' || value === null)
    return { [prefix]: value as string | number | boolean | null }
  return Object.entries(value).reduce(
    (all, [key, inner]) => ({
      ...all,
      ...flatten(inner, prefix === '' ? key : `${prefix}.${key}`),
    }),
    {},
  )
}

function show(value: string | number | boolean | null): string {
  return value === null ? '–' : String(value)
}
