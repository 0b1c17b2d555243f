/** The record chain: what was decided and done, in an order that cannot be changed unseen. */
export { appendRecords } from './append.ts'
export { recordChain, type RecordChain } from './chain.ts'
export { exportRecords, verifyExport } from './export.ts'
export { readHeadFile } from './head-file.ts'
export { genesisHash, recordMigrations, type RecordTables } from './schema.ts'
