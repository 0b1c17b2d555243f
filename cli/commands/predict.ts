/** `quorum predict`: the consensus for symbols, or predictions for the rows of a file. */
import type { Command } from 'commander'
import { extname } from 'node:path'
import { writeFileAtomic } from '../../core/files.ts'
import { check } from '../../core/checks.ts'
import { writeParquet } from '../../market/index.ts'
import { checkInference } from '../../models/index.ts'
import { ensureSymbols, predictFile } from '../../pipelines/index.ts'
import { Predictor } from '../../serving/index.ts'
import { list, openSession, withPlatform, type Register } from '../command.ts'
import { inferenceFlags, inferenceOptions, type InferenceFlags } from '../inference.ts'
import { fixed, isoMinute, table } from '../output.ts'

interface Options extends InferenceFlags {
  readonly model: string
  readonly modelVersion?: string
  readonly symbols?: string[]
  readonly dataset?: string
  readonly out?: string
}

export const predict: Register = (program) => {
  inferenceOptions(program.command('predict'))
    .description('predict on the newest stored bars, or for the rows of a file')
    .requiredOption('--model <name>', 'model to ask')
    .option(
      '--model-version <version>',
      'version number or alias (default: champion, else the newest)',
    )
    .option('--symbols <list>', 'comma-separated (default: those the model was trained on)', list)
    .option('--dataset <file>', 'CSV or Parquet with the features as columns')
    .option('--out <file>', 'write the predictions of --dataset there, .csv or .parquet')
    .action(async (options: Options, command: Command) => {
      const session = await openSession(command, { flags: inferenceFlags(options) })
      await checkInference(session.config.inference)
      await withPlatform(session, async (platform) => {
        const { registry, artifacts } = platform
        const version = await registry.models.resolve(options.model, options.modelVersion)
        const head = { model: version.model, version: version.version, artifact: version.artifact }
        if (options.dataset !== undefined) {
          const rows = await predictFile(platform, version, options.dataset, (line) =>
            session.output.note(line),
          )
          if (options.out !== undefined) await writeRows(options.out, rows)
          const count = rows.prediction.length
          session.output.result(
            options.out === undefined
              ? { ...head, ...jsonRows(rows) }
              : { ...head, rows: count, out: options.out },
            () =>
              options.out === undefined
                ? csvLines(rows)
                : [`${count} predictions written to ${options.out}`],
          )
          return
        }
        const symbols = options.symbols ?? (await artifacts.manifest(version.artifact)).symbols
        await ensureSymbols(platform, symbols)
        const predictor = new Predictor(platform)
        try {
          const signals = await predictor.bySymbol(version, symbols)
          session.output.result({ ...head, signals }, () =>
            table(
              ['symbol', 'time', 'direction', 'strength', 'confidence', 'votes'],
              signals.map((one) => [
                one.symbol,
                isoMinute(one.time),
                one.direction,
                fixed(one.strength, 3),
                fixed(one.confidence, 3),
                one.votes
                  .map(
                    (vote) =>
                      `${vote.model} ${vote.prediction === null ? (vote.reason ?? '') : vote.direction}`,
                  )
                  .join(', '),
              ]),
            ),
          )
        } finally {
          await predictor.dispose()
        }
      })
    })
}

type Rows = Awaited<ReturnType<typeof predictFile>>

/** Columns beside time and symbol: the prediction, then what else the model gives, by name. */
function columns({
  prediction,
  probability,
  quantiles,
  levels,
}: Rows): Record<string, Float64Array> {
  const count = prediction.length
  const column = (values: Float64Array, index: number): Float64Array => {
    const width = values.length / count
    return Float64Array.from({ length: count }, (_, i) => values[i * width + index]!)
  }
  return {
    prediction,
    ...(probability && {
      probability_down: column(probability, 0),
      probability_flat: column(probability, 1),
      probability_up: column(probability, 2),
    }),
    ...(quantiles &&
      Object.fromEntries(levels!.map((level, i) => [`quantile_${level}`, column(quantiles, i)]))),
  }
}

function jsonRows(rows: Rows): { predictions: Record<string, number | string>[] } {
  const named = Object.entries(columns(rows))
  return {
    predictions: Array.from(rows.prediction, (_, i) => ({
      time: rows.time[i]!,
      symbol: rows.symbol[i]!,
      ...Object.fromEntries(named.map(([name, values]) => [name, values[i]!])),
    })),
  }
}

function csvLines(rows: Rows): string[] {
  const quoted = (text: string): string =>
    /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  const named = Object.entries(columns(rows))
  return [
    ['time', 'symbol', ...named.map(([name]) => name)].join(),
    ...Array.from(rows.prediction, (_, i) =>
      [rows.time[i]!, quoted(rows.symbol[i]!), ...named.map(([, values]) => values[i]!)].join(),
    ),
  ]
}

async function writeRows(path: string, rows: Rows): Promise<void> {
  const extension = extname(path)
  check(extension === '.csv' || extension === '.parquet', 'out', 'a .csv or .parquet file', path)
  if (extension === '.csv') return writeFileAtomic(path, `${csvLines(rows).join('\n')}\n`)
  const values = [...new Set(rows.symbol)]
  const codes = Int32Array.from(rows.symbol, (one) => values.indexOf(one))
  return writeParquet(path, { time: rows.time, symbol: { codes, values }, ...columns(rows) })
}
