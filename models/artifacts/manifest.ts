/**
 * Manifest: what an artifact says of itself, and nothing that is not a function of data, recipe, seed and code. The artifact's
 * id is the sha256 of the manifest's canonical JSON, and the manifest lists the sha256 of every file: one id pins all bytes.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { canonicalJson, sha256 } from '../../core/canonical-json.ts'
import { packageRoot } from '../../core/files.ts'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** Of the manifests that this version writes; it reads no later one. */
export const manifestFormat = 1

const common = {
  format: z.literal(manifestFormat),
  label: z.string(),
  timeframe: z.string(),
  /** Symbols trained on. */
  symbols: z.array(z.string()).min(1),
  data: z.strictObject({
    fingerprint: hash,
    /** First and last decision moment of a sample, milliseconds. */
    from: z.number(),
    to: z.number(),
    samples: z.int(),
  }),
  /** Greatest `labelEnd` of any training or validation sample: bars not later than this are in-sample. */
  labelEnd: z.number(),
  seed: z.int(),
  metrics: z.record(z.string(), z.union([z.number(), z.null()])),
  codeVersion: z.string(),
  files: z.record(z.string(), hash),
}

const modelManifest = z.strictObject({
  ...common,
  type: z.literal('model'),
  kind: z.string(),
  params: z.record(z.string(), z.json()),
  featureSet: z.strictObject({ name: z.string(), version: z.int(), fingerprint: hash }),
  input: z.strictObject({ window: z.int().min(1), features: z.array(z.string()).min(1) }),
  outputs: z.array(z.enum(['prediction', 'probability', 'quantiles'])),
  /** What the training rows weighed; absent = uniform, or as the file said. */
  sampleWeights: z.string().optional(),
  /** Standard deviation of the training label, the unit of a vote's strength. */
  labelDeviation: z.number(),
  /** Share of validation samples whose direction was foretold, the confidence of a vote. */
  hitRate: z.number(),
})

const ensembleManifest = z.strictObject({
  ...common,
  type: z.literal('ensemble'),
  members: z
    .array(z.strictObject({ model: z.string(), artifact: hash, weight: z.number().positive() }))
    .min(1),
  quorum: z.int().min(1),
  /** |prediction| at or below this is no vote for a direction. */
  deadband: z.number().min(0),
  confirmations: z.strictObject({
    volume: z.boolean(),
    trend: z.boolean(),
    rewardRisk: z.number().positive().nullable(),
  }),
})

export type ModelManifest = z.infer<typeof modelManifest>
export type EnsembleManifest = z.infer<typeof ensembleManifest>
export type Manifest = ModelManifest | EnsembleManifest

export const manifestSchema = z.discriminatedUnion('type', [modelManifest, ensembleManifest])

export function artifactId(manifest: Manifest): string {
  return sha256(canonicalJson(manifest))
}

const packageSchema = z.object({ version: z.string() })

/** Version of the code, part of every manifest. */
export const codeVersion: string = packageSchema.parse(
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')),
).version
