/** XGBoost keeps what a model without trees predicts; we keep the margins. */
import type { GbdtModel } from '../model.ts'

type Link = 'logit' | 'log' | 'identity'

function linkOf(objective: string): Link {
  if (objective === 'binary:logistic') return 'logit'
  return objective === 'count:poisson' ? 'log' : 'identity'
}

/** What each output of a model without trees predicts, in XGBoost's sense. */
export function baseScores({ base, objective }: Pick<GbdtModel, 'base' | 'objective'>): number[] {
  const link = linkOf(objective.objective)
  if (link === 'logit') return base.map((margin) => 1 / (1 + Math.exp(-margin)))
  return link === 'log' ? base.map(Math.exp) : [...base]
}

/** The margins of XGBoost's base scores; one score stands for every output. */
export function baseMargins(
  scores: readonly number[],
  objective: string,
  outputs: number,
): number[] {
  const link = linkOf(objective)
  const margins = scores.map((score) => {
    if (link === 'logit') return Math.log(score / (1 - score))
    return link === 'log' ? Math.log(score) : score
  })
  return margins.length === outputs ? margins : new Array<number>(outputs).fill(margins[0]!)
}
