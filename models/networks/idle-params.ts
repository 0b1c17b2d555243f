/** Parameters that were given and that change nothing beside the others: said before a training, so that nobody tunes what has no effect. */
import type { TrainingParams } from './training-params.ts'

/** @returns one line for each, with the reason. */
export function idleParams(given: readonly string[], params: TrainingParams): string[] {
  const { optimizer, outputs, loss, scaling } = params
  const reasons: Partial<Record<keyof TrainingParams, string | false>> = {
    momentum: optimizer !== 'sgd' && `of optimizer=sgd, here it is ${optimizer}`,
    loss: !outputs.includes('value') && `of outputs=value, here they are ${outputs.join()}`,
    huberDelta:
      !(outputs.includes('value') && loss === 'huber') && 'of outputs=value with loss=huber',
    flatBand: !outputs.includes('direction') && 'of outputs=direction',
    calibration: !outputs.includes('direction') && 'of outputs=direction',
    quantiles: !outputs.includes('quantiles') && 'of outputs=quantiles',
    clip: scaling === 'rank' && 'of scaling=standard and robust: ranks are bounded',
  }
  return given.flatMap((name) => {
    const reason = reasons[name as keyof TrainingParams]
    return reason ? [`parameter ${name} has no effect: it is ${reason}`] : []
  })
}
