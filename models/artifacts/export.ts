/** A stored model in a form that other programs read. What a kind can be written as is its own `exports` table. */
import { invalid, unknownName } from '../../core/checks.ts'
import type { ModelFiles } from '../kind.ts'
import { findKind } from '../kinds.ts'
import type { ArtifactStore } from './artifact-store.ts'

/** @throws INVALID_VALUE for an ensemble, UNKNOWN_NAME for a format that the model's kind does not have. */
export async function exportArtifact(
  store: ArtifactStore,
  artifact: string,
  format: string,
): Promise<ModelFiles> {
  const manifest = await store.manifest(artifact)
  if (manifest.type === 'ensemble') {
    const members = manifest.members.map((member) => member.model).join(', ')
    throw invalid(
      'the model to export',
      'a single model',
      'an ensemble',
      `Export its members: ${members}.`,
    )
  }
  const { exports = {} } = findKind(manifest.kind)
  const write = Object.hasOwn(exports, format) ? exports[format] : undefined
  if (write === undefined)
    throw unknownName(`export format of ${manifest.kind}`, format, Object.keys(exports))
  return write(await store.files(artifact))
}
