/** Running statistics of one arm, as JSON in the session's snapshot: O(1) a bar. */
import { addObservation, type RunningMoments } from '../../models/index.ts'

export interface ArmStatistics {
  readonly returns: RunningMoments
  readonly startEquity: number
  readonly equity: number
  readonly peak: number
  /** Largest fall from a peak so far, as a share of it; ≥ 0. */
  readonly maxDrawdown: number
  readonly firstTime: number | null
  readonly lastTime: number | null
  readonly trades: number
  readonly costs: number
}

export function newArmStatistics(equity: number): ArmStatistics {
  return {
    returns: { n: 0, mean: 0, squares: 0 },
    startEquity: equity,
    equity,
    peak: equity,
    maxDrawdown: 0,
    firstTime: null,
    lastTime: null,
    trades: 0,
    costs: 0,
  }
}

/** Takes an arm's equity at the close of a bar; answers the bar's net return with the new statistics. */
export function addBar(
  state: ArmStatistics,
  time: number,
  equity: number,
  { trades, costs }: { readonly trades: number; readonly costs: number },
): { netReturn: number; statistics: ArmStatistics } {
  const netReturn = equity / state.equity - 1
  const peak = Math.max(state.peak, equity)
  const statistics = {
    ...state,
    returns: addObservation(state.returns, netReturn),
    equity,
    peak,
    maxDrawdown: Math.max(state.maxDrawdown, 1 - equity / peak),
    firstTime: state.firstTime ?? time,
    lastTime: time,
    trades: state.trades + trades,
    costs: state.costs + costs,
  }
  return { netReturn, statistics }
}

const yearMs = 365.25 * 86_400_000

export interface ArmPerformance {
  readonly netReturn: number
  /** Annualised, risk-free rate 0; null where returns do not vary. */
  readonly sharpe: number | null
  readonly maxDrawdown: number
  readonly trades: number
  readonly costs: number
  readonly equity: number
}

export function performance(state: ArmStatistics): ArmPerformance {
  const { returns, firstTime, lastTime } = state
  const years = firstTime === null || lastTime === null ? 0 : (lastTime - firstTime) / yearMs
  const barsPerYear = years > 0 ? (returns.n - 1) / years : 0
  const deviation = returns.n > 1 ? Math.sqrt(returns.squares / (returns.n - 1)) : 0
  return {
    netReturn: state.equity / state.startEquity - 1,
    sharpe:
      deviation > 0 && barsPerYear > 0 ? (returns.mean / deviation) * Math.sqrt(barsPerYear) : null,
    maxDrawdown: state.maxDrawdown,
    trades: state.trades,
    costs: state.costs,
    equity: state.equity,
  }
}
