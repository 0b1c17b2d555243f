/** `quorum features`: sets and operators, a check of one's own set, and features computed into a file. */
import type { Command } from 'commander'
import { dayMs, parseDate } from '../../market/index.ts'
import {
  compilePlan,
  featureSetFingerprint,
  findFeatureSet,
  formatExpression,
  knownFeatureSets,
  operators,
  signature,
  type FeatureSet,
  type StoredSet,
} from '../../features/index.ts'
import {
  addUserSet,
  listStoredFeatures,
  loadUserSets,
  readFeatureSet,
  verifyFeatures,
  type VerifyReport,
} from '../../pipelines/index.ts'
import { openSession, withPlatform, type Register } from '../command.ts'
import { addComputeCommand } from '../compute-features.ts'
import { addDriftCommand } from '../drift-features.ts'
import { isoMinute, table } from '../output.ts'

export const features: Register = (program) => {
  const group = program
    .command('features')
    .description('feature sets: list, show, check and add them, compute them into a file')
  group
    .command('list', { isDefault: true })
    .description(
      'feature sets, the built-in ones and those added; with --operators what expressions may use',
    )
    .option('--operators', 'operators with their arguments instead of sets')
    .action(async (options: { operators?: true }, command: Command) => {
      const session = await openSession(command)
      if (options.operators === true) {
        const known = operators.map((operator) => ({
          name: operator.name,
          scope: operator.scope,
          call: signature(operator),
          outputs: operator.scope === 'series' ? (operator.outputs ?? []) : [],
          doc: operator.doc,
        }))
        session.output.result({ operators: known }, () =>
          table(
            ['operator', 'outputs', 'what it is'],
            known.map((one) => [one.call, one.outputs.join(' '), one.doc]),
          ),
        )
        return
      }
      await loadUserSets(session.config.dataDir, session.log)
      const sets = knownFeatureSets().map(summary)
      const stored = await listStoredFeatures(session.config.dataDir)
      const current = new Set(sets.map((set) => set.fingerprint))
      session.output.result({ sets, stored }, () => [
        ...table(
          ['set', 'version', 'features', 'warm-up', 'columns', 'fingerprint'],
          sets.map((set) => [
            set.name,
            set.version,
            set.features,
            set.warmup,
            set.columns.join(' '),
            set.fingerprint.slice(0, 16),
          ]),
        ),
        ...storedLines(stored, current),
      ])
    })
  group
    .command('show <set>')
    .description('each feature of a set: name, expression, longest window, warm-up, what it is')
    .action(async (name: string, _options, command: Command) => {
      const session = await openSession(command)
      await loadUserSets(session.config.dataDir, session.log)
      const shown = details(findFeatureSet(name))
      session.output.result(shown, () => featureLines(shown))
    })
  group
    .command('check <file>')
    .description('read a set from YAML and say what is wrong with it, or what it computes')
    .action(async (file: string, _options, command: Command) => {
      const session = await openSession(command)
      const shown = details(await readFeatureSet(file))
      session.output.result({ valid: true, ...shown }, () => [
        `${file} is valid.`,
        ...featureLines(shown),
      ])
    })
  group
    .command('add <file>')
    .description('check a set and keep it in the data folder, for train --features NAME')
    .action(async (file: string, _options, command: Command) => {
      const session = await openSession(command)
      const set = summary(await addUserSet(session.config.dataDir, file))
      session.output.result(set, () => [
        `Added ${set.name} (version ${set.version}, ${set.features} features, ${set.fingerprint.slice(0, 16)}).`,
        'A server that is running knows it after a restart.',
      ])
    })
  addComputeCommand(group)
  addDriftCommand(group)
  group
    .command('verify')
    .description(
      'compute every feature vector that the server logged (features.log: vectors) again from stored bars, and compare bit for bit',
    )
    .option('--set <name>', 'only vectors of this set')
    .option('--since <date>', 'only vectors served on or after this date, YYYY-MM-DD UTC')
    .option(
      '--allow-changed',
      'exit 0 although vectors of sets that have changed could not be compared',
    )
    .action(
      async (options: { set?: string; since?: string; allowChanged?: true }, command: Command) => {
        const since =
          options.since === undefined ? undefined : parseDate(options.since, '--since') * dayMs
        const session = await openSession(command)
        const report = await withPlatform(session, (platform) =>
          verifyFeatures(platform, {
            set: options.set,
            since,
            signal: session.signal,
            onProgress: (progress) => session.output.progress(progress),
          }),
        )
        if (report.vectors === 0)
          session.output.note('No vector is logged. A server with features.log: vectors logs them.')
        session.output.result(report, () => verifyLines(report))
        const isIncomplete = Object.keys(report.skipped).length > 0 && options.allowChanged !== true
        if (report.mismatches.length > 0 || isIncomplete) process.exitCode = 6
      },
    )
}

function storedLines(stored: readonly StoredSet[], current: ReadonlySet<string>): string[] {
  if (stored.length === 0) return []
  const rows = stored.map((one) => [
    ...[one.set, one.fingerprint.slice(0, 16), one.timeframe, one.symbols, one.rows],
    ...[(one.bytes / 1e6).toFixed(1), one.newest === null ? '' : isoMinute(one.newest)],
    current.has(one.fingerprint) ? '' : 'changed since; compute --store --prune removes it',
  ])
  const titles = ['set', 'fingerprint', 'bars', 'symbols', 'rows', 'MB', 'newest', '']
  return ['', 'In the feature store:', ...table(titles, rows)]
}

function verifyLines(report: VerifyReport): string[] {
  const { vectors, compared, corrected, mismatches, skipped, tornSegments } = report
  return [
    `${compared} of ${vectors} vectors compared, ${mismatches.length} features differ`,
    ...(corrected > 0
      ? [`${corrected} agree with the bars of then, which were corrected since`]
      : []),
    ...Object.entries(skipped).map(([reason, count]) => `${count} not compared: ${reason}`),
    ...(tornSegments > 0
      ? [`${tornSegments} log segments end within a record (killed process)`]
      : []),
    ...(mismatches.length === 0
      ? []
      : table(
          ['set', 'feature', 'vectors', 'first symbol', 'moment', 'logged', 'recomputed'],
          mismatches.map(({ set, feature, count, first }) => [
            ...[set, feature, count, first.symbol, isoMinute(first.time)],
            ...[first.logged, first.recomputed],
          ]),
        )),
  ]
}

function summary(set: FeatureSet): {
  name: string
  version: number
  features: number
  warmup: number
  lookback: number
  columns: readonly string[]
  fingerprint: string
} {
  const plan = compilePlan(set)
  return {
    name: set.name,
    version: set.version,
    features: set.features.length,
    warmup: plan.warmup,
    lookback: plan.lookback,
    columns: plan.columns,
    fingerprint: featureSetFingerprint(set),
  }
}

interface Details extends Omit<ReturnType<typeof summary>, 'features'> {
  readonly features: readonly {
    readonly name: string
    readonly expression: string
    readonly window: number
    readonly warmup: number
    readonly doc: string
  }[]
}

/** A feature's window is the bars that a full value looks at, with what its inputs look at. */
function details(set: FeatureSet): Details {
  return {
    ...summary(set),
    features: set.features.map((feature) => {
      const alone = compilePlan({ ...set, features: [feature] })
      return {
        name: feature.name,
        expression: formatExpression(feature.expression),
        window: alone.warmup + 1,
        warmup: alone.warmup,
        doc: feature.doc,
      }
    }),
  }
}

function featureLines({ name, version, fingerprint, warmup, features: rows }: Details): string[] {
  return [
    `${name} version ${version}: ${rows.length} features, warm-up ${warmup} bars, fingerprint ${fingerprint}`,
    ...table(
      ['feature', 'expression', 'window', 'warm-up', 'what it is'],
      rows.map((row) => [row.name, row.expression, row.window, row.warmup, row.doc]),
    ),
  ]
}
