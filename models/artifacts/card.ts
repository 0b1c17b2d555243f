/** The deterministic part of a model card, written into the artifact as `card.md`. */
import type { EnsembleManifest, ModelManifest } from './manifest.ts'

type Card = Omit<ModelManifest, 'files'> | Omit<EnsembleManifest, 'files'>

export function renderCard(name: string, manifest: Card): string {
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
    '',
    '## Validation (later than all training rows, purged)',
    '',
    '| metric | value |',
    '|---|---|',
    ...metrics,
    '',
    'Not for live trading without paper results on later bars; costs are not part of these metrics.',
    '',
  ].join('\n')
}
