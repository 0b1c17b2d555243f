/** Tables of the registry. Times are milliseconds since the epoch; JSON columns take `JSON.stringify(value)`. */
import { sql, type ColumnType, type Generated } from 'kysely'
import type { Migration } from '../core/database/migrate.ts'
import type { MemberReference } from '../models/index.ts'
import type { Recipe } from './recipe.ts'
import type { RunError, RunKind, RunMode, RunState } from './run.ts'

type JsonColumn<T> = ColumnType<T, string, string>

/** How far a fit was when its checkpoint was saved, in the kind's own unit. */
export interface CheckpointPosition {
  readonly done: number
  readonly total: number
  readonly unit: string
}

/** What a fit took where it ran; nothing of it is in the artifact. */
export interface FitTiming {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly seconds: number
  /** Training rows a second, where the kind measures them. */
  readonly rowsPerSecond: number | null
  /** Where it went on from a checkpoint: `seconds` then counts the rest alone. */
  readonly resumedFrom: CheckpointPosition | null
}

export interface RegistryTables {
  recipes: {
    id: Generated<number>
    model: string
    hash: string
    body: JsonColumn<Recipe>
    created_at: number
  }
  versions: {
    model: string
    version: number
    artifact: string
    recipe_id: number
    run_id: string
    parent: number | null
    trials: number
    author: string
    members: JsonColumn<readonly MemberReference[]>
    metrics: JsonColumn<Readonly<Record<string, number | null>>>
    /** Null in versions from before it was measured. */
    timing: JsonColumn<FitTiming> | null
    created_at: number
  }
  aliases: {
    model: string
    alias: string
    version: number
    moved_by: string
    moved_at: number
    reason: string
  }
  runs: {
    id: string
    kind: RunKind
    mode: RunMode
    model: string | null
    state: RunState
    payload: JsonColumn<unknown>
    owner: string | null
    attempt: number
    heartbeat_at: number | null
    progress: JsonColumn<unknown> | null
    cancel_requested: boolean
    result: JsonColumn<unknown> | null
    error: JsonColumn<RunError> | null
    created_at: number
    started_at: number | null
    ended_at: number | null
  }
  checkpoints: {
    fit: string
    run_id: string
    model: string
    position: JsonColumn<CheckpointPosition>
    state: Uint8Array
    saved_at: number
  }
  schedules: {
    id: Generated<number>
    model: string
    cron: string
    time_zone: string
    catch_up: boolean
    enabled: boolean
    last_due: number
    created_at: number
  }
  predictions: {
    id: Generated<number>
    model: string
    version: number
    artifact: string
    symbol: string
    time: number
    prediction: number
    label: string
    timeframe: string
    made_at: number
  }
  outcomes: { prediction_id: number; value: number; label_end: number; matured_at: number }
}

const statements = [
  `create table recipes (
    id bigint generated always as identity primary key, model text not null, hash text not null,
    body jsonb not null, created_at bigint not null, unique (model, hash))`,
  `create table runs (
    id text primary key, kind text not null, mode text not null, model text, state text not null, payload jsonb not null,
    owner text, attempt int not null default 0, heartbeat_at bigint, progress jsonb, cancel_requested boolean not null default false,
    result jsonb, error jsonb, created_at bigint not null, started_at bigint, ended_at bigint)`,
  `create index runs_active on runs (state, heartbeat_at)`,
  `create index runs_newest on runs (created_at desc)`,
  `create table versions (
    model text not null, version int not null, artifact text not null, recipe_id bigint not null references recipes (id),
    run_id text not null references runs (id), parent int, trials int not null, author text not null, members jsonb not null,
    metrics jsonb not null, created_at bigint not null, primary key (model, version))`,
  `create table aliases (
    model text not null, alias text not null, version int not null, moved_by text not null, moved_at bigint not null,
    reason text not null, primary key (model, alias), foreign key (model, version) references versions (model, version))`,
  `create table checkpoints (
    run_id text not null references runs (id) on delete cascade, name text not null, state bytea not null,
    saved_at bigint not null, primary key (run_id, name))`,
  `create table schedules (
    id bigint generated always as identity primary key, model text not null, cron text not null, time_zone text not null,
    catch_up boolean not null, enabled boolean not null, last_due bigint not null, created_at bigint not null,
    unique (model, cron, time_zone))`,
  `create table predictions (
    id bigint generated always as identity primary key, model text not null, version int not null, artifact text not null,
    symbol text not null, time bigint not null, prediction double precision not null, label text not null,
    timeframe text not null, made_at bigint not null, unique (artifact, symbol, time))`,
  `create table outcomes (
    prediction_id bigint primary key references predictions (id), value double precision not null,
    label_end bigint not null, matured_at bigint not null)`,
]

export const registryMigrations: readonly Migration[] = [
  {
    name: 'registry/001-tables',
    async up(trx) {
      for (const statement of statements) await sql.raw(statement).execute(trx)
    },
  },
  {
    // Checkpoints by fit instead of by run; those of fits under way are lost, the fits start anew.
    name: 'registry/002-checkpoints-by-fit',
    async up(trx) {
      for (const statement of [
        'drop table checkpoints',
        `create table checkpoints (
          fit text primary key, run_id text not null references runs (id) on delete cascade, model text not null,
          position jsonb not null, state bytea not null, saved_at bigint not null)`,
        'alter table versions add column timing jsonb',
      ])
        await sql.raw(statement).execute(trx)
    },
  },
]
