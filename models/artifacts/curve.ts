/** The learning curve as a file of the artifact: thousands of rounds would swell the manifest, which is read at every load. */
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical-json.ts'
import { readJsonFile } from '../files.ts'
import type { CurvePoint, ModelFiles } from '../kind.ts'

export const curveFile = 'curve.json'

const schema = z.array(
  z.strictObject({
    step: z.int().min(1),
    trainLoss: z.number(),
    validationLoss: z.number().optional(),
  }),
)

/** Canonical JSON. @throws INVALID_VALUE for a number that is not finite. */
export function encodeCurve(curve: readonly CurvePoint[]): Uint8Array {
  return new TextEncoder().encode(canonicalJson(curve.map((point) => ({ ...point }))))
}

/** Empty for artifacts without one: kinds that do not learn in steps, artifacts from before there were curves. */
export function readCurve(files: ModelFiles): readonly CurvePoint[] {
  return curveFile in files ? (readJsonFile(files, curveFile, schema) as CurvePoint[]) : []
}
