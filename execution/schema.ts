/** Tables of the execution layer: sessions and the ledger of what they did. Times are milliseconds since the epoch. */
import { sql, type ColumnType } from 'kysely'
import type { Migration } from '../core/database/migrate.ts'
import type { OrderState, OrderType, Side } from './broker/broker.ts'
import type { EngineCommand } from './engine/engine.ts'
import type { SessionSnapshot } from './session/arm-runtime.ts'
import type { LatestMoment } from './session/sessions.ts'
import type { SessionMode, SessionSpec, SessionState } from './session/spec.ts'

type JsonColumn<T> = ColumnType<T, string, string>

export interface ExecutionTables {
  sessions: {
    id: string
    mode: SessionMode
    state: SessionState
    spec: JsonColumn<SessionSpec>
    in_sample: boolean
    cursor: number | null
    snapshot: JsonColumn<SessionSnapshot> | null
    latest: JsonColumn<LatestMoment> | null
    reason: string | null
    created_at: number
    updated_at: number
  }
  session_commands: {
    id: ColumnType<number, never, never>
    session_id: string
    command: EngineCommand | 'stop'
    author: string
    at: number
  }
  equity: {
    session_id: string
    arm: string
    time: number
    equity: number
    cash: number
    net_return: number
    exposure: number
  }
  orders: {
    session_id: string
    arm: string
    id: string
    symbol: string
    side: Side
    units: number
    type: OrderType
    price: number | null
    state: OrderState
    reason: string | null
    submitted_at: number
  }
  fills: {
    session_id: string
    arm: string
    order_id: string
    symbol: string
    side: Side
    units: number
    price: number
    commission: number
    time: number
  }
}

const statements = [
  `create table sessions (
    id text primary key, mode text not null, state text not null, spec jsonb not null, in_sample boolean not null,
    cursor bigint, snapshot jsonb, latest jsonb, reason text, created_at bigint not null, updated_at bigint not null)`,
  `create table session_commands (
    id bigint generated always as identity primary key, session_id text not null references sessions (id) on delete cascade,
    command text not null, author text not null, at bigint not null)`,
  `create table equity (
    session_id text not null references sessions (id) on delete cascade, arm text not null, time bigint not null,
    equity double precision not null, cash double precision not null, net_return double precision not null,
    exposure double precision not null, primary key (session_id, arm, time))`,
  `create table orders (
    session_id text not null references sessions (id) on delete cascade, arm text not null, id text not null,
    symbol text not null, side text not null, units double precision not null, type text not null, price double precision,
    state text not null, reason text, submitted_at bigint not null, primary key (session_id, id))`,
  `create table fills (
    session_id text not null references sessions (id) on delete cascade, arm text not null, order_id text not null,
    symbol text not null, side text not null, units double precision not null, price double precision not null,
    commission double precision not null, time bigint not null, primary key (session_id, order_id))`,
  `create index fills_time on fills (session_id, time desc)`,
]

export const executionMigrations: readonly Migration[] = [
  {
    name: 'execution/001-tables',
    async up(trx) {
      for (const statement of statements) await sql.raw(statement).execute(trx)
    },
  },
]
