/**
 * The process of one symbol, a bar a step. With s the signal at the close before, σ the symbol's volatility, k the strength and
 * ε a standard normal that is partly common to the market and the sector:
 *
 *   open  = previous close · exp(g − var(g) / 2)                          g ~ N(0, (gapShare σ)²)
 *   close = open · exp(σ k s + σ √(1 − k²) ε − σ² (1 − k²) / 2)
 *
 * so that E[close / previous close | past] = E[next open / open | past] = exp(σ k s), exactly, and 1 at strength 0.
 * High and low exceed the body by |N(0, (σ / 3)²)|. Log volume is an AR(1) with occasional shocks, independent of prices.
 */
import type { Rng } from '../../core/rng.ts'
import { createDraws, type Draws } from './draws.ts'
import { closesNeeded, rawSignal, volumesNeeded, type Normalisation } from './signal.ts'

const volumePersistence = 0.7
const volumeDeviation = 0.3
/** Above this a normal draw is a volume shock: about 3 % of bars. */
const shockThreshold = 1.88
const shockSize = 1
const wickShare = 1 / 3
const typicalVolume = 1_000_000

export interface ProcessParameters {
  /** Open-to-close deviation of a bar, of the panel. */
  readonly sigma: number
  readonly strength: number
  readonly startPrice: number
  readonly volatilitySpread: number
  readonly gapShare: number
  readonly marketShare: number
  readonly sectorShare: number
}

/** Everything a symbol carries from bar to bar. */
export interface ProcessState {
  /** Newest last. */
  closes: number[]
  volumes: number[]
  logVolume: number
}

export interface ProcessBar {
  open: number
  high: number
  low: number
  close: number
  volume: number
  /** E[next bar's return | this close]: of close to close, and of next open to the open after it. */
  expectation: number
}

export interface SymbolProcess {
  readonly state: ProcessState
  /** The bar of step `t`, into `out`; `market` and `sector` are the common normals of the step. */
  step(t: number, market: number, sector: number, out: ProcessBar): void
}

export function newState(): ProcessState {
  return { closes: [], volumes: [], logVolume: 0 }
}

export function createProcess(
  parameters: ProcessParameters,
  normalisation: Normalisation,
  rng: Rng,
  state: ProcessState = newState(),
): SymbolProcess {
  const { strength, gapShare, marketShare, sectorShare, startPrice } = parameters
  const traits = traitsOf(parameters, rng)
  const draws: Draws = createDraws(rng.stream('bars'))
  const normals = new Float64Array(6)
  const own = Math.sqrt(1 - marketShare - sectorShare)
  const market = Math.sqrt(marketShare)
  const sector = Math.sqrt(sectorShare)
  const noise = traits.sigma * Math.sqrt(1 - strength * strength)
  const gap = traits.sigma * gapShare
  const wick = traits.sigma * wickShare
  const scale = parameters.sigma * Math.sqrt(1 + gapShare * gapShare)

  const drift = (): number => {
    const raw = rawSignal(state.closes, state.volumes, scale)
    if (Number.isNaN(raw)) return 0
    return (traits.sigma * strength * (raw - normalisation.mean)) / normalisation.deviation
  }

  return {
    state,
    step: (t, marketNormal, sectorNormal, out) => {
      draws.normals(t, normals)
      const [ownNormal, gapNormal, volumeNormal, highNormal, lowNormal, shockNormal] =
        normals as unknown as readonly [number, number, number, number, number, number]
      const previous = state.closes[state.closes.length - 1] ?? startPrice
      const epsilon = own * ownNormal + market * marketNormal + sector * sectorNormal
      const open = previous * Math.exp(gap * gapNormal - (gap * gap) / 2)
      const close = open * Math.exp(drift() + noise * epsilon - (noise * noise) / 2)
      out.open = open
      out.close = close
      out.high = Math.max(open, close) * Math.exp(wick * Math.abs(highNormal))
      out.low = Math.min(open, close) * Math.exp(-wick * Math.abs(lowNormal))
      state.logVolume =
        volumePersistence * state.logVolume +
        volumeDeviation * volumeNormal +
        (shockNormal > shockThreshold ? shockSize : 0)
      out.volume = Math.max(1, Math.round(traits.volume * Math.exp(state.logVolume)))
      push(state.closes, close, closesNeeded)
      push(state.volumes, out.volume, volumesNeeded)
      out.expectation = Math.exp(drift()) - 1
    },
  }
}

/** What a symbol keeps for good: its own volatility and its usual volume. */
function traitsOf(
  { sigma, volatilitySpread: spread }: ProcessParameters,
  rng: Rng,
): { readonly sigma: number; readonly volume: number } {
  const traits = new Float64Array(2)
  createDraws(rng.stream('traits')).normals(0, traits)
  return {
    sigma: sigma * Math.exp(spread * traits[0]!),
    volume: typicalVolume * Math.exp(0.5 * traits[1]!),
  }
}

function push(values: number[], value: number, keep: number): void {
  values.push(value)
  if (values.length > keep) values.shift()
}
