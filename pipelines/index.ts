/** Pipelines: ingest, train, retrain, experiments, outcomes; the services that work runs off. */
export { ensureSymbols } from './data/ensure-symbols.ts'
export { createExperiment, parseReplay, type ExperimentRequest } from './experiment.ts'
export { explainVersion } from './explain.ts'
export { computeFeatures, type ComputeRequest } from './features/compute.ts'
export { driftOfVersion, type DriftReport } from './features/drift.ts'
export { parseEventFile, type EventFile } from './features/events.ts'
export {
  listStoredFeatures,
  openFeatureStore,
  storeFeatures,
  type StoreRequest,
} from './features/store.ts'
export { verifyFeatures, type VerifyReport } from './features/verify.ts'
export { addUserSet, loadUserSets, readFeatureSet } from './features/user-sets.ts'
export { executeRun, runInline } from './jobs/executor.ts'
export { followRun } from './jobs/follow.ts'
export { MaintenanceService } from './jobs/maintenance-service.ts'
export { SchedulerService } from './jobs/scheduler-service.ts'
export { WorkerService } from './jobs/worker-service.ts'
export { matureAll } from './mature.ts'
export { openPlatform, type Platform } from './platform.ts'
export { predictFile } from './predict-file.ts'
export { importingKind } from './train/import.ts'
export type { TrainResult } from './train/register.ts'
export { trainRecipe } from './train/train.ts'
