/** Registry: recipes, versions, aliases, runs, schedules, outcomes. Pipelines and serving meet here. */
export { fitCheckpoint, type FitCheckpoint } from './checkpoints.ts'
export { runQueue, type Enqueue } from './enqueue.ts'
export { Models, type AliasMove, type NewVersion, type Version } from './models.ts'
export { Outcomes, type OutcomeSummary, type PendingPrediction } from './outcomes.ts'
export { isEnsemble, seedName } from './recipe-members.ts'
export {
  parseRecipe,
  recipeFromYaml,
  recipeToYaml,
  type DatasetFile,
  type Recipe,
  type RecipeInput,
} from './recipe.ts'
export { openRegistry, type Registry } from './registry.ts'
export {
  runKinds,
  runStates,
  type Claim,
  type FitState,
  type Run,
  type RunKind,
  type RunMode,
  type RunProgress,
  type RunState,
} from './run.ts'
export { heartbeatIntervalMs, Runs } from './runs.ts'
export { nextDue, Schedules, type Schedule } from './schedules.ts'
export {
  registryMigrations,
  type CheckpointPosition,
  type FitTiming,
  type RegistryTables,
} from './schema.ts'
