/** `quorum features drift`: how far stored bars have moved from what a version was trained on. */
import type { Command } from 'commander'
import { checkInteger, checkOneOf } from '../core/checks.ts'
import { driftStates, type FeatureDrift } from '../features/index.ts'
import { driftOfVersion, type DriftReport } from '../pipelines/index.ts'
import { list, openSession, withPlatform } from './command.ts'
import { modelReference } from './model-reference.ts'
import { integer } from './numbers.ts'
import { isoMinute, table } from './output.ts'

interface Options {
  readonly set?: string
  readonly symbols?: string[]
  readonly from?: string
  readonly to?: string
  readonly top?: number
  readonly failOn?: string
}

/** Rows of the table where --top does not say. */
const defaultTop = 20
const failing = ['watch', 'alert'] as const

export function addDriftCommand(group: Command): void {
  group
    .command('drift <model> [version]')
    .description(
      'how far the features of stored bars have moved from those the version was trained on; limits: features.drift in the configuration',
    )
    .option('--set <name>', 'feature set, where the members of an ensemble have several')
    .option('--symbols <list>', 'comma-separated (default: those it was trained on)', list)
    .option('--from <date>', 'first date of rows (default: after the bars of its training)')
    .option('--to <date>', 'last date, included')
    .option('--top <n>', `features to show, most drifted first (default ${defaultTop})`, integer)
    .option('--fail-on <state>', 'exit 1 where a feature is in this state or a worse one')
    .action(
      async (name: string, ownVersion: string | undefined, options: Options, command: Command) => {
        const { top, failOn, ...request } = options
        if (top !== undefined) checkInteger('--top', top, { min: 1 })
        if (failOn !== undefined) checkOneOf('--fail-on', failOn, failing)
        const reference = modelReference(name, ownVersion)
        const session = await openSession(command)
        const report = await withPlatform(session, async (platform) => {
          const { models } = platform.registry
          const version = await models.resolve(reference.model, reference.version)
          return driftOfVersion(platform, version, {
            ...request,
            signal: session.signal,
            onProgress: (progress) => session.output.progress(progress),
          })
        })
        if (report.isInSample)
          session.output.note('Some of these rows are among those it was trained on or chosen by.')
        const shown = { ...report, features: report.features.slice(0, top) }
        session.output.result(shown, () => driftLines(report, top ?? defaultTop))
        if (failOn !== undefined && report.features.some((one) => reaches(one, failOn)))
          process.exitCode = 1
      },
    )
}

function reaches({ state }: FeatureDrift, least: (typeof failing)[number]): boolean {
  return driftStates.indexOf(state) >= driftStates.indexOf(least)
}

function driftLines(report: DriftReport, top: number): string[] {
  const { model, version, set, symbols, rows, from, to, features } = report
  const count = (wanted: string): number => features.filter(({ state }) => state === wanted).length
  const hidden = features.length - top
  return [
    ...table(
      ['feature', 'state', 'psi', 'ks', 'p-value', 'missing rise'],
      features
        .slice(0, top)
        .map(({ feature, state, psi, ks, ksPValue, missingRise }) => [
          ...[feature, state, shortly(psi), shortly(ks), shortly(ksPValue)],
          `${(missingRise * 100).toFixed(1)} %`,
        ]),
    ),
    ...(hidden > 0 ? [`… and ${hidden} more (--top)`] : []),
    `${model} version ${version} on ${set}: ${count('alert')} alert, ${count('watch')} watch, ${count('ok')} ok in ${rows} rows of ${symbols.length} symbols, ${isoMinute(from)} to ${isoMinute(to)}`,
  ]
}

/** A measure, or a dash where either side has no value. */
const shortly = (x: number): string => (Number.isNaN(x) ? '–' : x.toPrecision(3))
