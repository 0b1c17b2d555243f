/** `quorum features`: sets and operators, a check of one's own set, and features computed into a file. */
import type { Command } from 'commander'
import { check } from '../../core/checks.ts'
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
} from '../../features/index.ts'
import {
  addUserSet,
  computeFeatures,
  loadUserSets,
  readFeatureSet,
  verifyFeatures,
  type VerifyReport,
} from '../../pipelines/index.ts'
import { list, openSession, withPlatform, type Register } from '../command.ts'
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
      session.output.result({ sets }, () =>
        table(
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
      )
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
  group
    .command('compute')
    .description('features of stored bars into a file: time (ms), symbol, then a column a feature')
    .requiredOption('--set <name>', 'feature set, by name')
    .requiredOption('--symbols <list>', 'symbols, comma-separated', list)
    .requiredOption('--out <file>', 'file ending in .parquet or .csv')
    .option('--timeframe <tf>', 'bar length', '1d')
    .option('--from <date>', 'first date of rows, YYYY-MM-DD; earlier bars still warm up')
    .option('--to <date>', 'last date, included')
    .action(
      async (
        options: {
          set: string
          symbols: string[]
          out: string
          timeframe: string
          from?: string
          to?: string
        },
        command: Command,
      ) => {
        check(
          /\.(csv|parquet)$/.test(options.out),
          '--out',
          'a file ending in .parquet or .csv',
          options.out,
        )
        check(
          options.symbols.length > 0,
          '--symbols',
          'at least one symbol',
          options.symbols.join(),
        )
        const session = await openSession(command)
        const result = await withPlatform(session, (platform) =>
          computeFeatures(platform, options, {
            signal: session.signal,
            onProgress: (progress) => session.output.progress(progress),
          }),
        )
        session.output.result(result, () => [
          `${result.rows} rows × ${result.features} features in ${result.seconds.toFixed(2)} s → ${options.out}`,
          `fingerprint ${result.fingerprint}`,
        ])
      },
    )
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
