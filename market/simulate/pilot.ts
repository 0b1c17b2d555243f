/**
 * Mean and deviation of the raw signal, measured on a simulation of its own. They depend on what shapes the process and on
 * nothing of the panel (its seed, size, length), so that a longer or wider panel has the same numbers where both have any.
 * The deviation feeds back into prices, hence the rounds: each is simulated with what the one before measured.
 */
import { createRng } from '../../core/rng.ts'
import { createProcess, type ProcessBar, type ProcessParameters } from './process.ts'
import { rawSignal, type Normalisation } from './signal.ts'

const pilotSeed = 20_000_101
const pilotSymbols = 8
const pilotBars = 2_000
const rounds = 3
/** Of the raw signal at strength 0, a start that two rounds more bring within a percent at any strength. */
const firstGuess: Normalisation = { mean: 0, deviation: 0.6 }

/** Results by parameters: a restarted feed and a panel of the same market measure once. */
const measured = new Map<string, Normalisation>()
const rememberedPilots = 64

export function normalise(given: ProcessParameters): Normalisation {
  const { sigma, strength, startPrice, volatilitySpread, gapShare } = given
  // Common noise moves symbols together and none of them otherwise; a pilot symbol stands alone.
  const alone = { marketShare: 0, sectorShare: 0 }
  const parameters = { sigma, strength, startPrice, volatilitySpread, gapShare, ...alone }
  const key = JSON.stringify(parameters)
  let result = measured.get(key)
  if (result) return result
  result = firstGuess
  for (let round = 0; round < rounds; round++) result = measure(parameters, result)
  if (measured.size >= rememberedPilots) measured.clear()
  measured.set(key, result)
  return result
}

function measure(parameters: ProcessParameters, normalisation: Normalisation): Normalisation {
  const scale = parameters.sigma * Math.sqrt(1 + parameters.gapShare ** 2)
  const bar: ProcessBar = { open: 0, high: 0, low: 0, close: 0, volume: 0, expectation: 0 }
  let count = 0
  let sum = 0
  let squares = 0
  for (let symbol = 0; symbol < pilotSymbols; symbol++) {
    const rng = createRng(pilotSeed).stream(`pilot/${symbol}`)
    const process = createProcess(parameters, normalisation, rng)
    for (let t = 0; t < pilotBars; t++) {
      process.step(t, 0, 0, bar)
      const raw = rawSignal(process.state.closes, process.state.volumes, scale)
      if (Number.isNaN(raw)) continue
      count++
      sum += raw
      squares += raw * raw
    }
  }
  const mean = sum / count
  return { mean, deviation: Math.sqrt(squares / count - mean * mean) }
}
