/** The market layer: bars, instruments, calendars, sources, the bar store, the simulator. */
export * from './bars.ts'
export * from './calendar.ts'
export * from './dates.ts'
export * from './fingerprint.ts'
export * from './instrument.ts'
export * from './panel.ts'
export * from './time-zone.ts'
export * from './timeframe.ts'
export * from './universe.ts'
export { openBarStore, type BarStore, type Coverage, type ReadOptions } from './store/bar-store.ts'
export { describeParquet, readParquet, type Table } from './store/parquet.ts'
export { writeParquet, writeTable } from './store/table-writer.ts'
export { sqlName, sqlText } from './store/duckdb.ts'
export type { AppendResult } from './store/series.ts'
export { ingest, type IngestOptions, type IngestProgress, type IngestReport } from './ingest.ts'
export { repairs, type Repair } from './quality/clean.ts'
export { findingKinds, type Finding, type FindingKind } from './quality/findings.ts'
export { sourceFor, sources } from './sources/index.ts'
export type { Source, SourceContext, SourceItem, SourceSeries } from './sources/source.ts'
export {
  barsOfMoment,
  createSimulatedFeed,
  type SimulatedFeed,
  type SimulatedFeedState,
  type SimulatedMoment,
} from './simulate/feed.ts'
export type { Attainable } from './simulate/optimum.ts'
export type { SimulationOptions } from './simulate/options.ts'
export { simulatePanel, type SimulatedPanel } from './simulate/panel.ts'
export { plantedFeatures } from './simulate/signal.ts'
