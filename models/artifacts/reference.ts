/**
 * The training's reference distribution as files of the artifact: what a feature looked like as JSON, the sampled rows as
 * float32, little-endian, row-major.
 */
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical-json.ts'
import { QuorumError } from '../../core/errors.ts'
import type { Reference } from '../../features/index.ts'
import { modelFile, readJsonFile } from '../files.ts'
import type { ModelFiles } from '../kind.ts'

const referenceFile = 'reference.json'
const sampleFile = 'reference-rows.bin'

const schema = z.strictObject({
  format: z.literal(1),
  rows: z.int().min(1),
  sampleRows: z.int().min(1),
  features: z.array(z.string()).min(1),
  columns: z.array(
    z.strictObject({
      edges: z.array(z.number()),
      counts: z.array(z.int().min(0)),
      missing: z.int().min(0),
      mean: z.number(),
      deviation: z.number().min(0),
    }),
  ),
})

export function encodeReference({ sample, ...rest }: Reference): ModelFiles {
  const json = {
    format: 1,
    rows: rest.rows,
    sampleRows: rest.sampleRows,
    features: [...rest.features],
    columns: rest.columns.map((column) => ({
      ...column,
      edges: [...column.edges],
      counts: [...column.counts],
    })),
  }
  const bytes = new DataView(new ArrayBuffer(sample.length * 4))
  sample.forEach((x, k) => {
    bytes.setFloat32(k * 4, x, true)
  })
  return {
    [referenceFile]: new TextEncoder().encode(canonicalJson(json)),
    [sampleFile]: new Uint8Array(bytes.buffer),
  }
}

/**
 * Undefined for artifacts without one: imported models, models of a dataset file, artifacts from before there was one.
 * @throws INTEGRITY where the two files do not fit each other
 */
export function readReference(files: ModelFiles): Reference | undefined {
  if (!(referenceFile in files)) return undefined
  const { format: _, ...rest } = readJsonFile(files, referenceFile, schema)
  const stored = modelFile(files, sampleFile)
  const width = rest.features.length
  const isWhole =
    stored.length === rest.sampleRows * width * 4 &&
    rest.columns.length === width &&
    rest.columns.every(({ edges, counts }) => counts.length === edges.length + 1)
  if (!isWhole) {
    const reason = `${sampleFile} and ${referenceFile} are not of one shape`
    throw new QuorumError('INTEGRITY', { subject: 'the model', reason })
  }
  const bytes = new DataView(stored.buffer, stored.byteOffset, stored.byteLength)
  const sample = Float32Array.from({ length: rest.sampleRows * width }, (_unused, k) =>
    bytes.getFloat32(k * 4, true),
  )
  return { ...rest, sample }
}
