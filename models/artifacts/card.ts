/** The deterministic part of a model card, written into the artifact as `card.md`. */
import type { CurvePoint } from '../kind.ts'
import type { EnsembleManifest, ModelManifest } from './manifest.ts'

type Card = Omit<ModelManifest, 'files'> | Omit<EnsembleManifest, 'files'>

export interface CardDetails {
  readonly curve?: readonly CurvePoint[]
  /** Sentences about the training that the manifest has no field for. */
  readonly remarks?: readonly string[]
}

export function renderCard(
  name: string,
  manifest: Card,
  { curve = [], remarks = [] }: CardDetails = {},
): string {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const what =
    manifest.type === 'model'
      ? `A \`${manifest.kind}\` model on feature set \`${manifest.featureSet.name}\` version ${manifest.featureSet.version}, window ${manifest.input.window}.`
      : `An ensemble: ${manifest.quorum} of ${manifest.members.length} members must agree; deadband ${manifest.deadband}.`
  const metrics = Object.entries(manifest.metrics).map(
    ([metric, value]) => `| ${metric} | ${value === null ? 'not defined' : value.toPrecision(6)} |`,
  )
  return [
    `# ${name}`,
    '',
    what,
    '',
    `- Predicts \`${manifest.label}\` on ${manifest.timeframe} bars.`,
    `- Trained on ${manifest.symbols.slice(0, 10).join(', ')}${manifest.symbols.length > 10 ? ` and ${manifest.symbols.length - 10} more` : ''}: ${manifest.data.samples} samples decided ${day(manifest.data.from)} to ${day(manifest.data.to)}.`,
    `- The last label ended ${day(manifest.labelEnd)}; results on bars up to then are in-sample.`,
    `- Seed ${manifest.seed}, code ${manifest.codeVersion}, data ${manifest.data.fingerprint.slice(0, 16)}.`,
    ...(manifest.type === 'model'
      ? [`- Parameters: \`${JSON.stringify(manifest.params)}\``]
      : manifest.members.map(
          (m) => `- Member ${m.model}, weight ${m.weight.toFixed(4)}: ${m.artifact}`,
        )),
    ...remarks.map((remark) => `- ${remark}`),
    '',
    '## Validation (later than all training rows, purged)',
    '',
    '| metric | value |',
    '|---|---|',
    ...metrics,
    '',
    ...renderCurve(curve),
    'Not for live trading without paper results on later bars; costs are not part of these metrics.',
    '',
  ].join('\n')
}

/** At most this many points are shown: the first, the last, the best, and others evenly between. */
const shownPoints = 12
const barWidth = 24

function renderCurve(curve: readonly CurvePoint[]): string[] {
  const last = curve.length - 1
  if (last < 0) return []
  const validated = curve.every(({ validationLoss }) => validationLoss !== undefined)
  const lossOf = (point: CurvePoint): number =>
    validated ? point.validationLoss! : point.trainLoss
  const best = curve.reduce((at, point, k) => (lossOf(point) < lossOf(curve[at]!) ? k : at), 0)
  const even = Array.from({ length: shownPoints }, (_, k) =>
    Math.round((k * last) / (shownPoints - 1)),
  )
  const shown = [...new Set([...even, best])].sort((a, b) => a - b)
  const losses = curve.map(lossOf)
  const [low, high] = losses.reduce(
    ([least, most], loss) => [Math.min(least, loss), Math.max(most, loss)],
    [Infinity, -Infinity],
  )
  const bar = (loss: number): string =>
    '█'.repeat(high > low ? 1 + Math.round(((loss - low) / (high - low)) * (barWidth - 1)) : 1)
  return [
    '## Learning curve',
    '',
    `${curve.length} steps; the bar is the ${validated ? 'validation' : 'training'} loss from its least to its greatest, the best step is marked.`,
    '',
    `| step | training loss |${validated ? ' validation loss |' : ''} |`,
    `|---|---|${validated ? '---|' : ''}---|`,
    ...shown.map((k) => {
      const point = curve[k]!
      const loss = validated ? ` ${point.validationLoss!.toPrecision(6)} |` : ''
      const mark = k === best ? ' best' : ''
      return `| ${point.step} | ${point.trainLoss.toPrecision(6)} |${loss} ${bar(lossOf(point))}${mark} |`
    }),
    '',
  ]
}
