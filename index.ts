/** The library: what the `quorum` command is made of, for programs of one's own. */
export { systemClock, ManualClock, type Clock } from './core/clock.ts'
export { loadConfig, type Config } from './core/config/index.ts'
export { errorTable, QuorumError, type ErrorCode } from './core/errors.ts'
export { createLog, silentLog, type Log } from './core/log.ts'
export { createRng, type Rng } from './core/rng.ts'
export * from './execution/index.ts'
export * from './features/index.ts'
export {
  createBars,
  createInstrument,
  createPanel,
  ingest,
  openBarStore,
  simulatePanel,
  type Bars,
  type BarStore,
  type IngestReport,
  type Instrument,
  type Panel,
} from './market/index.ts'
export * from './models/index.ts'
export * from './pipelines/index.ts'
export {
  parseRecipe,
  recipeFromYaml,
  recipeToYaml,
  type Recipe,
  type RecipeInput,
  type Version,
} from './registry/index.ts'
export { startServer, type QuorumServer } from './serving/index.ts'
