/**
 * Signal: the consensus of an ensemble's members on one symbol at one moment. Pure arithmetic, defined in the design:
 * a vote's direction is the sign of its prediction where |prediction| > deadband, else 0; a member without usable input
 * abstains with a reason; `strength = Σ wᵢ clip(predictionᵢ / σᵢ, ±1)`; `confidence = Σ wᵢ [agrees] hitRateᵢ`. A direction
 * other than 0 needs at least `quorum` heads of all voters on one side, and every confirmation that is set. `interval` is the mean by weight of the outermost quantiles of
 * the members that give them.
 */
export type Direction = -1 | 0 | 1

export interface Vote {
  readonly model: string
  readonly version: number
  readonly artifact: string
  /** Unit of the label; null where the member abstains. */
  readonly prediction: number | null
  readonly direction: Direction
  readonly weight: number
  /** Of down, flat and up, from members with a direction head. */
  readonly probability?: readonly [number, number, number]
  readonly reason?: string
}

export interface Signal {
  readonly symbol: string
  /** Decision moment, milliseconds. */
  readonly time: number
  readonly direction: Direction
  /** −1 … 1. */
  readonly strength: number
  /** 0 … 1. */
  readonly confidence: number
  /** From members with a quantile head, the unit of the label; absent where there is none. */
  readonly interval?: readonly [number, number]
  /** Levels of the interval's ends. */
  readonly intervalLevels?: readonly [number, number]
  readonly votes: readonly Vote[]
  /** Members on the signal's side; on the larger side where the direction is 0. */
  readonly agreeing: number
  readonly voters: number
  /** Why a quorum did not become a direction. */
  readonly held?: string
}

export interface MemberOpinion {
  readonly model: string
  readonly version: number
  readonly artifact: string
  readonly weight: number
  readonly labelDeviation: number
  readonly hitRate: number
  /** Undefined where the member has no usable input. */
  readonly prediction: number | undefined
  /** Outermost quantiles and their levels, from members with a quantile head. */
  readonly interval?: {
    readonly ends: readonly [number, number]
    readonly levels: readonly [number, number]
  }
  readonly probability?: readonly [number, number, number]
  readonly reason: string | undefined
}

/** What the confirmations look at, as known at the decision moment; null where the history is too short. */
export interface Confirmations {
  /** Newest volume over its 20-bar mean. */
  readonly relativeVolume: number | null
  /** Close over its 60-bar mean, less 1. */
  readonly trend: number | null
  /** Expected move over the average true range, both as shares of the price. */
  readonly rewardRisk: number | null
}

export interface ConsensusRule {
  readonly quorum: number
  readonly deadband: number
  readonly confirmations: {
    readonly volume: boolean
    readonly trend: boolean
    readonly rewardRisk: number | null
  }
}

export function consensus(
  symbol: string,
  time: number,
  opinions: readonly MemberOpinion[],
  rule: ConsensusRule,
  context: Confirmations = { relativeVolume: null, trend: null, rewardRisk: null },
): Signal {
  const votes = opinions.map((opinion) => toVote(opinion, rule.deadband))
  const up = votes.filter((vote) => vote.direction === 1).length
  const down = votes.filter((vote) => vote.direction === -1).length
  // A quorum below half of the voters can be reached by both sides at once: that is no consensus.
  const side: Direction = up === down ? 0 : up > down ? 1 : -1
  const agreeing = Math.max(up, down)
  const reached = side !== 0 && agreeing >= rule.quorum
  const held = reached ? objection(side, rule, context) : undefined
  const direction: Direction = reached && held === undefined ? side : 0
  let strength = 0
  let confidence = 0
  opinions.forEach(({ prediction, labelDeviation, weight, hitRate }, i) => {
    if (prediction === undefined) return
    const scaled = labelDeviation > 0 ? prediction / labelDeviation : Math.sign(prediction)
    strength += weight * Math.max(-1, Math.min(1, scaled))
    if (votes[i]!.direction === direction) confidence += weight * hitRate
  })
  return {
    symbol,
    time,
    direction,
    strength,
    confidence,
    ...meanInterval(opinions),
    votes,
    agreeing,
    voters: votes.length,
    ...(held === undefined ? {} : { held }),
  }
}

/** Mean by weight of the intervals of the members that have one; none where their levels differ, since a mean of different levels means nothing. */
function meanInterval(
  opinions: readonly MemberOpinion[],
): Pick<Signal, 'interval' | 'intervalLevels'> {
  let [low, high, total] = [0, 0, 0]
  const levels = new Map<string, readonly [number, number]>()
  for (const { interval, weight } of opinions) {
    if (interval === undefined) continue
    levels.set(interval.levels.join(), interval.levels)
    low += weight * interval.ends[0]
    high += weight * interval.ends[1]
    total += weight
  }
  const [intervalLevels] = levels.values()
  if (intervalLevels === undefined || levels.size > 1 || total === 0) return {}
  return { interval: [low / total, high / total], intervalLevels }
}

function toVote(opinion: MemberOpinion, deadband: number): Vote {
  const { model, version, artifact, weight, prediction, probability, reason } = opinion
  if (prediction === undefined) {
    return {
      model,
      version,
      artifact,
      prediction: null,
      direction: 0,
      weight,
      reason: reason ?? 'no usable input',
    }
  }
  const direction = Math.abs(prediction) > deadband ? (Math.sign(prediction) as Direction) : 0
  const vote = { model, version, artifact, prediction, direction, weight }
  return probability === undefined ? vote : { ...vote, probability }
}

function objection(
  side: Direction,
  { confirmations }: ConsensusRule,
  context: Confirmations,
): string | undefined {
  if (confirmations.volume && !((context.relativeVolume ?? NaN) >= 1)) {
    return `volume does not confirm: ${show(context.relativeVolume)} of its mean, needs 1`
  }
  if (confirmations.trend && !((context.trend ?? NaN) * side > 0)) {
    return `the trend disagrees: ${show(context.trend)} against its mean`
  }
  const needed = confirmations.rewardRisk
  if (needed !== null && !((context.rewardRisk ?? NaN) >= needed)) {
    return `reward/risk is ${show(context.rewardRisk)}, needs ${needed}`
  }
  return undefined
}

function show(value: number | null): string {
  return value === null ? 'unknown' : value.toFixed(4)
}
