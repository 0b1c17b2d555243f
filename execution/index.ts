/** Execution: signal → sizing → risk → order → broker → ledger; the engine; sessions; experiments. */
export type { Broker, Fill, Order, OrderRequest } from './broker/broker.ts'
export { defaultCosts, roundTripCost, type Costs } from './broker/costs.ts'
export { PaperBroker, type PriceBar } from './broker/paper-broker.ts'
export {
  engineCommands,
  newEngineState,
  step,
  type EngineCommand,
  type EngineConfig,
  type EngineEvent,
  type EngineState,
} from './engine/engine.ts'
export { sizePosition } from './engine/sizing.ts'
export { decide, decisions, type Decision } from './experiment/decision.ts'
export { experimentResult, type ExperimentResult } from './experiment/result.ts'
export { checkOutOfSample } from './in-sample-guard.ts'
export { findRiskProfile, riskProfiles, type RiskProfile } from './risk-profile.ts'
export { executionMigrations, type ExecutionTables } from './schema.ts'
export {
  replaySource,
  type Moment,
  type MomentSource,
  type OpenedSource,
} from './session/moment-source.ts'
export { ExecutionService } from './session/session-service.ts'
export { Session, type SessionServices } from './session/session.ts'
export { Sessions, type LatestMoment, type SessionRow } from './session/sessions.ts'
export type { ArmSpec, SessionSpec, SourceSpec } from './session/spec.ts'
