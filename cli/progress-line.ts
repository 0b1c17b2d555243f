/** How far a run is, as one line: `spx: 1,200 of 3,720 steps, loss 0.335, validation 0.341, 35,210 rows/s, 12 s left`. */
import type { RunProgress } from '../registry/index.ts'

export function progressLine(progress: RunProgress): string {
  const { stage, done, total, unit, detail, fits = [], rowsPerSecond, secondsLeft } = progress
  const what = [stage, `${amount(done)} of ${amount(total)}`].join(': ')
  const inside = detail ?? fits.map((fit) => [fit.name, ...lossesOf(fit)].join(' ')).join(', ')
  const parts = [
    `${what}${unit === undefined ? '' : ` ${unit}`}${inside === '' ? '' : ` (${inside})`}`,
    ...lossesOf(progress),
    ...(rowsPerSecond === undefined ? [] : [`${amount(rowsPerSecond)} rows/s`]),
    ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft)} left`]),
  ]
  return parts.join(', ')
}

function lossesOf({
  trainLoss,
  validationLoss,
}: Pick<RunProgress, 'trainLoss' | 'validationLoss'>): string[] {
  return [
    ...(trainLoss === undefined ? [] : [`loss ${trainLoss.toPrecision(4)}`]),
    ...(validationLoss === undefined ? [] : [`validation ${validationLoss.toPrecision(4)}`]),
  ]
}

function amount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 })
}

function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`
  if (seconds < 6_000) return `${Math.ceil(seconds / 60)} min`
  return `${(seconds / 3_600).toFixed(1)} h`
}
