/** `quorum features compute`: features of stored bars into a file, or into the feature store. */
import type { Command } from 'commander'
import { check } from '../core/checks.ts'
import {
  computeFeatures,
  parseEventFile,
  storeFeatures,
  type ComputeRequest,
  type EventFile,
  type StoreRequest,
} from '../pipelines/index.ts'
import type { RunProgress } from '../registry/index.ts'
import { list, openSession, withPlatform } from './command.ts'

export function addComputeCommand(group: Command): void {
  group
    .command('compute')
    .description(
      'features of stored bars into a file (time in ms, symbol, then a column a feature), or with --store into the feature store',
    )
    .requiredOption('--set <names>', 'feature sets, by name, comma-separated', list)
    .requiredOption('--symbols <list>', 'symbols, comma-separated', list)
    .option('--out <file>', 'file ending in .parquet or .csv')
    .option('--store', 'bring the feature store up to the stored bars instead of writing a file')
    .option('--prune', 'with --store: remove what is stored of sets as they no longer are')
    .option('--timeframe <tf>', 'bar length', '1d')
    .option('--from <date>', 'first date of rows, YYYY-MM-DD; earlier bars still warm up')
    .option('--to <date>', 'last date, included')
    .option(
      '--events <name=file>',
      'event series (time, knownAt, value, symbol) whose columns NAME, NAME_age, NAME_next the sets use; repeatable',
      (text: string, before: readonly EventFile[]) => [...before, parseEventFile(text)],
      [],
    )
    .option('--label <label>', 'adds the columns label and labelEnd, for train --dataset')
    .action(async (options: ComputeOptions, command: Command) => {
      check(options.symbols.length > 0, '--symbols', 'at least one symbol', options.symbols.join())
      check(options.set.length > 0, '--set', 'at least one set', options.set.join())
      const request = destination(options)
      const session = await openSession(command)
      const watch = {
        signal: session.signal,
        onProgress: (progress: RunProgress) => session.output.progress(progress),
      }
      if (request.out === undefined) {
        const result = await withPlatform(session, (platform) =>
          storeFeatures(platform, request, watch),
        )
        session.output.result(result, () => [
          `${result.computed} partitions computed, ${result.appended} appended to, ${result.unchanged} unchanged: ${result.rows} rows in ${result.seconds.toFixed(2)} s`,
          ...(result.pruned > 0 ? [`${result.pruned} changed sets removed`] : []),
        ])
        return
      }
      const { out } = request
      const result = await withPlatform(session, (platform) =>
        computeFeatures(platform, { ...request, out }, watch),
      )
      session.output.result(result, () => [
        `${result.rows} rows × ${result.features} features in ${result.seconds.toFixed(2)} s → ${out}`,
        `fingerprint ${result.fingerprint}`,
      ])
    })
}

interface ComputeOptions extends Omit<ComputeRequest, 'sets' | 'out'> {
  readonly set: readonly string[]
  readonly out?: string
  readonly store?: true
  readonly prune?: true
}

/** One of --out and --store; the store keeps all stored bars, and features of bars alone. */
function destination({
  set: sets,
  store,
  prune,
  ...options
}: ComputeOptions): StoreRequest & Omit<ComputeRequest, 'out'> & { readonly out?: string } {
  const { out, from, to, label, events = [] } = options
  check((out === undefined) === (store === true), '--out', 'given, or else --store', out ?? 'none')
  if (out !== undefined) {
    check(/\.(csv|parquet)$/.test(out), '--out', 'a file ending in .parquet or .csv', out)
    check(prune !== true, '--prune', 'given with --store', '--out')
  } else {
    const remedy = 'Write a file with --out instead.'
    const given = [from, to, label, events[0]?.name].filter((value) => value !== undefined)
    check(given.length === 0, '--store', 'without --from, --to, --label, --events', given, remedy)
  }
  return { ...options, sets, prune: prune === true }
}
