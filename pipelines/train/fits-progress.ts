/**
 * Progress of the fits of one run as one: how far each is, how fast all are, and the time left at the pace measured so far.
 * The one place that computes it; terminal, `--json`, jobs and events all show what comes from here.
 */
import type { Clock } from '../../core/clock.ts'
import type { FitProgress } from '../../models/index.ts'
import type { FitState, RunProgress } from '../../registry/index.ts'

export interface FitsProgress {
  /** Also when it begins again: what was said of it before does not count. */
  begin(model: string): void
  report(model: string, progress: FitProgress): void
  end(model: string): void
}

interface Fit {
  readonly state: 'waiting' | 'working' | 'ended'
  /** Share done at its first report: opening it, and what a checkpoint brought, say nothing of the pace. */
  readonly base: number
  readonly share: number
  readonly latest?: FitProgress
}

export interface FitsProgressOptions {
  /** Name of the whole, shown where there are several fits. */
  readonly stage: string
  readonly models: readonly string[]
  readonly clock: Clock
  readonly report: (progress: RunProgress) => void
}

export function fitsProgress({ stage, models, clock, report }: FitsProgressOptions): FitsProgress {
  const fits = new Map(
    models.map((model): [string, Fit] => [model, { state: 'waiting', base: 0, share: 0 }]),
  )
  let firstReportAt: number | undefined

  const total = (of: (fit: Fit) => number): number =>
    [...fits.values()].reduce((sum, fit) => sum + of(fit), 0)
  const secondsLeft = (): number | undefined => {
    const worked = total(({ share, base }) => share - base)
    const left = total(({ share }) => 1 - share)
    const elapsedMs = clock.now() - (firstReportAt ?? clock.now())
    if (worked <= 0 || elapsedMs <= 0) return undefined
    return Math.round((left / worked) * elapsedMs) / 1_000
  }
  const rowsPerSecond = (): number | undefined => {
    const rates = [...fits.values()].flatMap(({ state, latest }) =>
      state === 'working' && latest?.rowsPerSecond !== undefined ? [latest.rowsPerSecond] : [],
    )
    return rates.length === 0 ? undefined : Math.round(rates.reduce((sum, one) => sum + one, 0))
  }
  const rates = (): Pick<RunProgress, 'rowsPerSecond' | 'secondsLeft'> => {
    const [rows, seconds] = [rowsPerSecond(), secondsLeft()]
    return {
      ...(rows === undefined ? {} : { rowsPerSecond: rows }),
      ...(seconds === undefined ? {} : { secondsLeft: seconds }),
    }
  }
  const emit = (): void => {
    const working = [...fits].flatMap(([name, { state, latest }]): FitState[] =>
      state === 'working' && latest !== undefined ? [{ name, ...positionAndLoss(latest) }] : [],
    )
    if (models.length > 1) {
      const done = Math.round(100 * total(({ share }) => share)) / 100
      report({ stage, done, total: models.length, unit: 'fits', ...rates(), fits: working })
    } else if (working[0] !== undefined) {
      const { name, ...only } = working[0]
      report({ stage: name, ...only, ...rates() })
    }
  }
  return {
    begin: (model) => void fits.set(model, { state: 'working', base: 0, share: 0 }),
    report(model, progress) {
      firstReportAt ??= clock.now()
      const { base, latest } = fits.get(model)!
      const share = progress.total > 0 ? progress.done / progress.total : 0
      fits.set(model, {
        state: 'working',
        base: latest === undefined ? share : base,
        share,
        // Kinds validate once an epoch and report more often; what was said last stays in sight.
        latest: { ...latest, ...progress },
      })
      emit()
    },
    end(model) {
      fits.set(model, { ...fits.get(model)!, state: 'ended', share: 1 })
      if (models.length > 1) emit()
    },
  }
}

function positionAndLoss(progress: FitProgress): Omit<FitState, 'name'> {
  const { done, total, unit, trainLoss, validationLoss } = progress
  return {
    ...{ done, total, unit },
    ...(trainLoss === undefined ? {} : { trainLoss }),
    ...(validationLoss === undefined ? {} : { validationLoss }),
  }
}
