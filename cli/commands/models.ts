/** `quorum models`: versions, artifacts, aliases, differences, exports, imports, explanations. */
import type { Command } from 'commander'
import { QuorumError } from '../../core/errors.ts'
import { exportArtifact } from '../../models/index.ts'
import { cliAuthor, openSession, withPlatform, type Register } from '../command.ts'
import { writeExport } from '../export-files.ts'
import { modelReference } from '../model-reference.ts'
import { addExplain } from '../models/explain.ts'
import { addImport } from '../models/import.ts'
import { fixed, isoMinute, table } from '../output.ts'
import { describeVersion, versionLines } from '../version-card.ts'

export const models: Register = (program) => {
  const group = program
    .command('models')
    .description(
      'list, show, compare, alias, export, import and explain model versions; NAME@3 and NAME 3 mean the same',
    )
  group
    .command('list [model]', { isDefault: true })
    .description('versions of one model or of all')
    .action(async (name: string | undefined, _options, command: Command) => {
      const session = await openSession(command)
      const versions = await withPlatform(session, async ({ registry }) => {
        if (name === undefined) return registry.models.list()
        const { model, version } = modelReference(name)
        const one = await registry.models.resolve(model, version)
        return version === undefined ? registry.models.list(model) : [one]
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
    .description('one version: parameters, learning curve, metrics, timing, hashes, card, recipe')
    .action(async (name: string, ownVersion: string | undefined, _options, command: Command) => {
      const session = await openSession(command)
      const { model, version } = modelReference(name, ownVersion)
      const shown = await withPlatform(session, async ({ registry, artifacts }) =>
        describeVersion(await registry.models.resolve(model, version), artifacts),
      )
      session.output.result(shown, () => versionLines(shown))
    })
  group
    .command('diff <model> <a> [b]')
    .description('what differs between two versions: diff NAME 1 2, or diff NAME@1 OTHER@2')
    .action(async (name: string, a: string, b: string | undefined, _options, command: Command) => {
      const session = await openSession(command)
      const [one, other] =
        b === undefined
          ? [modelReference(name), modelReference(a)]
          : [modelReference(name, a), modelReference(name, b)]
      const [first, second] = await withPlatform(session, ({ registry: { models } }) =>
        Promise.all([
          models.resolve(one.model, one.version),
          models.resolve(other.model, other.version),
        ]),
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
      const result = { model: first.model, a: first.version, b: second.version, differences }
      session.output.result(result, () =>
        table(
          ['key', `${first.model}@${first.version}`, `${second.model}@${second.version}`],
          differences.map((one) => [one.key, show(one.a), show(one.b)]),
        ),
      )
    })
  group
    .command('alias <model> <alias> [version]')
    .description(
      'move an alias, such as champion, to a version: alias NAME champion 3, or alias NAME@3 champion',
    )
    .requiredOption('--reason <text>', 'why; kept in the record chain')
    .action(
      async (
        name: string,
        alias: string,
        ownVersion: string | undefined,
        options: { reason: string },
        command: Command,
      ) => {
        const session = await openSession(command)
        const { model, version } = modelReference(name, ownVersion)
        if (version === undefined)
          throw new QuorumError('USAGE', { reason: `Name the version: ${name}@VERSION.` })
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
  group
    .command('export <model> [version]')
    .description(
      'write a version in a form that other programs read; an unknown format lists the known ones',
    )
    .requiredOption('--format <name>', 'onnx, tfjs … as the kind of the model has')
    .requiredOption('--out <path>', 'the file, or the folder where the format has several files')
    .option('--force', 'replace an earlier export')
    .action(
      async (
        name: string,
        ownVersion: string | undefined,
        { format, out, force = false }: ExportOptions,
        command: Command,
      ) => {
        const session = await openSession(command)
        const reference = modelReference(name, ownVersion)
        const [{ model, version, artifact }, files] = await withPlatform(
          session,
          async ({ registry, artifacts }) => {
            const one = await registry.models.resolve(reference.model, reference.version)
            return [one, await exportArtifact(artifacts, one.artifact, format)] as const
          },
        )
        await writeExport(out, files, { force })
        const written = Object.fromEntries(
          Object.entries(files).map(([file, bytes]) => [file, bytes.length]),
        )
        session.output.result({ model, version, artifact, format, out, files: written }, () => [
          `${model} version ${version} written to ${out} as ${format}`,
        ])
      },
    )
  addImport(group)
  addExplain(group)
}

interface ExportOptions {
  readonly format: string
  readonly out: string
  readonly force?: boolean
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
