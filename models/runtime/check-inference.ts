/** Whether the chosen runtime works on the chosen device, asked before there is a model: a service should say so at its start. */
import { oneNode } from './devices.ts'
import { openPredictor } from './open-predictor.ts'
import type { InferenceOptions } from './predictor.ts'

/** @throws INVALID_VALUE naming what is there. */
export async function checkInference(options: InferenceOptions): Promise<void> {
  const predictor = await openPredictor(oneNode, options)
  await predictor.close()
}
