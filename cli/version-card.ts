/** All that is known of one version: what its artifact says, and what its row says of the run that made it. */
import { stringify } from 'yaml'
import {
  readCurve,
  type ArtifactStore,
  type CurvePoint,
  type Manifest,
  type ModelManifest,
} from '../models/index.ts'
import type { FitTiming, Version } from '../registry/index.ts'
import { isoMinute } from './output.ts'

export interface VersionCard extends Version {
  /** Of a single model; an ensemble's members have their own. */
  readonly kind: string | null
  readonly params: ModelManifest['params'] | null
  /** Empty where the kind does not learn in steps. */
  readonly curve: readonly CurvePoint[]
  readonly hashes: {
    readonly artifact: string
    readonly files: Readonly<Record<string, string>>
    readonly data: string
    readonly featureSet: string | null
  }
  readonly manifest: Manifest
  readonly card: string
}

/** @throws INTEGRITY where a file of the artifact is missing or was altered. */
export async function describeVersion(
  version: Version,
  artifacts: ArtifactStore,
): Promise<VersionCard> {
  const manifest = await artifacts.manifest(version.artifact)
  const files = await artifacts.files(version.artifact)
  const model = manifest.type === 'model' ? manifest : undefined
  return {
    ...version,
    kind: model?.kind ?? null,
    params: model?.params ?? null,
    curve: readCurve(files),
    hashes: {
      artifact: version.artifact,
      files: manifest.files,
      data: manifest.data.fingerprint,
      featureSet: model?.featureSet.fingerprint ?? null,
    },
    manifest,
    card: new TextDecoder().decode(files['card.md']),
  }
}

export function versionLines({ card, timing, hashes, members, recipe }: VersionCard): string[] {
  return [
    card,
    '## This version',
    '',
    ...(timing === null ? [] : timingLines(timing)),
    ...members.map((one) => `- Member ${one.model}@${one.version}`),
    `- Artifact ${hashes.artifact}`,
    ...Object.entries(hashes.files).map(([name, hash]) => `- ${name} ${hash}`),
    `- Data ${hashes.data}`,
    ...(hashes.featureSet === null ? [] : [`- Feature set ${hashes.featureSet}`]),
    '',
    '## Recipe',
    '',
    stringify(recipe),
  ]
}

function timingLines({ startedAt, seconds, rowsPerSecond, resumedFrom }: FitTiming): string[] {
  const rate = rowsPerSecond === null ? '' : `, ${Math.round(rowsPerSecond)} rows/s`
  const from =
    resumedFrom === null
      ? ''
      : `, from a checkpoint at ${resumedFrom.done} of ${resumedFrom.total} ${resumedFrom.unit}`
  return [`- Trained ${isoMinute(startedAt)} UTC in ${seconds.toFixed(1)} s${rate}${from}`]
}
