/**
 * Engine: a pure step `(state, event) → { state, orders, records }`. No clock, no I/O; a backtest, a paper replay and live
 * paper trading run this same code with another source of events.
 *
 * A signal of ±1 sets a target exposure (−1 = flat unless shorting is on), 0 holds. A position ends on an opposite quorum, at
 * its stop or target (resting orders at the broker), or after `maxHoldingBars` without a renewed signal. Decisions are made
 * on a closed bar; the orders they give can fill on the next bar at the earliest.
 */
import type { Direction, Signal } from '../../models/index.ts'
import type { Fill, OrderRequest } from '../broker/broker.ts'
import type { PriceBar } from '../broker/paper-broker.ts'
import type { RiskProfile } from '../risk-profile.ts'
import { advanceRange, newRange, type RangeState } from './true-range.ts'
import { sizePosition, type LimitHit } from './sizing.ts'

export interface EngineConfig {
  readonly arm: string
  readonly profile: RiskProfile
  readonly maxHoldingBars: number
  /** Symbols that trade in fractions of a unit. */
  readonly fractional: readonly string[]
}

export interface EnginePosition {
  /** Signed. */
  readonly units: number
  readonly price: number
  readonly openedAt: number
  /** Bars since entry or since the last signal on its side. */
  readonly age: number
}

export interface EngineState {
  readonly cash: number
  readonly equity: number
  readonly peak: number
  readonly positions: Readonly<Record<string, EnginePosition>>
  readonly closes: Readonly<Record<string, number>>
  readonly ranges: Readonly<Record<string, RangeState>>
  /** Entry of a symbol that has not filled yet, with its value at the decision. */
  readonly entering: Readonly<Record<string, { readonly orderId: string; readonly value: number }>>
  /** Resting exit orders of a symbol. */
  readonly resting: Readonly<Record<string, readonly string[]>>
  readonly nextOrder: number
  /** No new entries; positions run off. */
  readonly halted: boolean
}

export const engineCommands = ['halt', 'resume', 'flatten'] as const
export type EngineCommand = (typeof engineCommands)[number]

export type EngineEvent =
  | { readonly type: 'fill'; readonly fill: Fill }
  | {
      readonly type: 'orderEnded'
      readonly orderId: string
      readonly symbol: string
      readonly reason: string
    }
  | {
      readonly type: 'bars'
      readonly time: number
      readonly bars: readonly PriceBar[]
      readonly signals: readonly Signal[]
    }
  | { readonly type: 'command'; readonly command: EngineCommand; readonly time: number }

export type EngineAction =
  | { readonly type: 'submit'; readonly order: OrderRequest }
  | { readonly type: 'cancel'; readonly orderId: string }

export type EngineRecord =
  | {
      readonly kind: 'decision'
      readonly body: { arm: string; time: number; signal: Signal; orders: readonly OrderRequest[] }
    }
  | { readonly kind: 'fill'; readonly body: { arm: string; fill: Fill } }
  | {
      readonly kind: 'limit'
      readonly body: { arm: string; time: number; symbol: string } & LimitHit
    }
  | {
      readonly kind: 'command'
      readonly body: { arm: string; time: number; command: EngineCommand }
    }

export interface StepResult {
  readonly state: EngineState
  readonly actions: readonly EngineAction[]
  readonly records: readonly EngineRecord[]
}

export function newEngineState(cash: number): EngineState {
  return {
    cash,
    equity: cash,
    peak: cash,
    positions: {},
    closes: {},
    ranges: {},
    entering: {},
    resting: {},
    nextOrder: 1,
    halted: false,
  }
}

export function step(state: EngineState, event: EngineEvent, config: EngineConfig): StepResult {
  switch (event.type) {
    case 'fill':
      return onFill(state, event.fill, config)
    case 'orderEnded':
      return { state: forgetOrder(state, event.orderId, event.symbol), actions: [], records: [] }
    case 'bars':
      return onBars(state, event, config)
    case 'command':
      return onCommand(state, event, config)
  }
}

function onFill(state: EngineState, fill: Fill, { arm }: EngineConfig): StepResult {
  const change = fill.side === 'buy' ? fill.units : -fill.units
  const held = state.positions[fill.symbol]
  const units = (held?.units ?? 0) + change
  const cash = state.cash - change * fill.price - fill.commission
  let positions = without(state.positions, fill.symbol)
  if (Math.abs(units) >= 1e-12) {
    const added = held !== undefined && Math.sign(held.units) === Math.sign(change)
    const price = added
      ? (held.units * held.price + change * fill.price) / units
      : (held?.price ?? fill.price)
    positions = {
      ...positions,
      [fill.symbol]: {
        units,
        price,
        openedAt: held?.openedAt ?? fill.time,
        age: held?.age ?? 0,
      },
    }
  }
  const next = forgetOrder({ ...state, cash, positions }, fill.orderId, fill.symbol)
  return { state: next, actions: [], records: [{ kind: 'fill', body: { arm, fill } }] }
}

function onBars(
  state: EngineState,
  { time, bars, signals }: Extract<EngineEvent, { type: 'bars' }>,
  config: EngineConfig,
): StepResult {
  const closes = { ...state.closes }
  const ranges = { ...state.ranges }
  const positions = { ...state.positions }
  for (const bar of bars) {
    closes[bar.symbol] = bar.close
    ranges[bar.symbol] = advanceRange(ranges[bar.symbol] ?? newRange(), bar)
    const held = positions[bar.symbol]
    if (held !== undefined) positions[bar.symbol] = { ...held, age: held.age + 1 }
  }
  const equity = Object.entries(positions).reduce(
    (total, [symbol, position]) => total + position.units * (closes[symbol] ?? position.price),
    state.cash,
  )
  let current: EngineState = {
    ...state,
    closes,
    ranges,
    positions,
    equity,
    peak: Math.max(state.peak, equity),
  }
  const actions: EngineAction[] = []
  const records: EngineRecord[] = []
  for (const signal of signals) {
    const decided = decide(current, signal, time, config)
    current = decided.state
    actions.push(...decided.actions)
    records.push(...decided.records)
  }
  return { state: current, actions, records }
}

function decide(
  state: EngineState,
  signal: Signal,
  time: number,
  config: EngineConfig,
): StepResult {
  const { symbol } = signal
  const held = state.positions[symbol]
  const side = Math.sign(held?.units ?? 0) as Direction
  const wanted: Direction =
    signal.direction === -1 && !config.profile.allowShort ? 0 : signal.direction
  if (held !== undefined && signal.direction === side) {
    const positions = { ...state.positions, [symbol]: { ...held, age: 0 } }
    return { state: { ...state, positions }, actions: [], records: [] }
  }
  const opposed = held !== undefined && signal.direction === -side
  const expired = held !== undefined && held.age >= config.maxHoldingBars
  if (held !== undefined && (opposed || expired)) {
    return exit(state, symbol, held, { signal, time, config })
  }
  const free = held === undefined && state.entering[symbol] === undefined
  if (free && wanted !== 0 && !state.halted) return enter(state, wanted, { signal, time, config })
  return { state, actions: [], records: [] }
}

interface Decision {
  readonly signal: Signal
  readonly time: number
  readonly config: EngineConfig
}

function exit(
  state: EngineState,
  symbol: string,
  held: EnginePosition,
  { signal, time, config }: Decision,
): StepResult {
  const closed = closePosition(state, symbol, held, config)
  const body = { arm: config.arm, time, signal, orders: [closed.order] }
  return { state: closed.state, actions: closed.actions, records: [{ kind: 'decision', body }] }
}

function closePosition(
  state: EngineState,
  symbol: string,
  held: EnginePosition,
  { arm }: EngineConfig,
): { state: EngineState; actions: EngineAction[]; order: OrderRequest } {
  const order: OrderRequest = {
    id: `${arm}-${state.nextOrder}`,
    symbol,
    side: held.units > 0 ? 'sell' : 'buy',
    units: Math.abs(held.units),
    type: 'market',
    reduceOnly: true,
  }
  const cancels = (state.resting[symbol] ?? []).map((orderId): EngineAction => ({
    type: 'cancel',
    orderId,
  }))
  return {
    state: { ...state, nextOrder: state.nextOrder + 1, resting: without(state.resting, symbol) },
    actions: [...cancels, { type: 'submit', order }],
    order,
  }
}

function enter(
  state: EngineState,
  direction: 1 | -1,
  { signal, time, config }: Decision,
): StepResult {
  const { symbol } = signal
  const { profile, arm } = config
  const entry = state.closes[symbol]
  const range = state.ranges[symbol]?.average
  // Without a full average range there is no stop, and without a stop no size.
  if (entry === undefined || range === undefined || range === null)
    return { state, actions: [], records: [] }
  const distance = profile.stopRanges * range
  const others = Object.entries(state.positions).filter(([other]) => other !== symbol)
  const sized = sizePosition(
    {
      equity: state.equity,
      entry,
      stop: entry - direction * distance,
      fractional: config.fractional.includes(symbol),
      otherExposure: exposure(state, others),
      openPositions: others.length + Object.keys(state.entering).length,
      drawdown: state.equity / state.peak - 1,
    },
    profile,
  )
  const limits = sized.limits.map((hit): EngineRecord => ({
    kind: 'limit',
    body: { arm, time, symbol, ...hit },
  }))
  const stopPrice = entry - direction * distance
  if (sized.units === 0 || stopPrice <= 0) return { state, actions: [], records: limits }
  const id = `${arm}-${state.nextOrder}`
  const away = direction === 1 ? ('sell' as const) : ('buy' as const)
  const common = { symbol, side: away, units: sized.units, reduceOnly: true, group: id, after: id }
  const orders: OrderRequest[] = [
    { id, symbol, side: direction === 1 ? 'buy' : 'sell', units: sized.units, type: 'market' },
    { ...common, id: `${id}-stop`, type: 'stop', price: stopPrice },
  ]
  if (profile.rewardRisk !== null) {
    const price = entry + direction * profile.rewardRisk * distance
    if (price > 0) orders.push({ ...common, id: `${id}-target`, type: 'limit', price })
  }
  return {
    state: {
      ...state,
      nextOrder: state.nextOrder + 1,
      entering: { ...state.entering, [symbol]: { orderId: id, value: sized.units * entry } },
      resting: { ...state.resting, [symbol]: orders.slice(1).map((order) => order.id) },
    },
    actions: orders.map((order) => ({ type: 'submit', order })),
    records: [...limits, { kind: 'decision', body: { arm, time, signal, orders } }],
  }
}

/** Value of open positions and of entries that have not filled. */
function exposure(
  state: EngineState,
  positions: readonly (readonly [string, EnginePosition])[],
): number {
  const open = positions.reduce(
    (sum, [symbol, { units, price }]) => sum + Math.abs(units) * (state.closes[symbol] ?? price),
    0,
  )
  return Object.values(state.entering).reduce((sum, { value }) => sum + value, open)
}

function onCommand(
  state: EngineState,
  { command, time }: Extract<EngineEvent, { type: 'command' }>,
  config: EngineConfig,
): StepResult {
  const record: EngineRecord = { kind: 'command', body: { arm: config.arm, time, command } }
  if (command !== 'flatten')
    return { state: { ...state, halted: command === 'halt' }, actions: [], records: [record] }
  let current = state
  const actions: EngineAction[] = []
  for (const [symbol, held] of Object.entries(state.positions)) {
    const closed = closePosition(current, symbol, held, config)
    current = closed.state
    actions.push(...closed.actions)
  }
  return { state: current, actions, records: [record] }
}

function forgetOrder(state: EngineState, orderId: string, symbol: string): EngineState {
  const entering =
    state.entering[symbol]?.orderId === orderId ? without(state.entering, symbol) : state.entering
  const resting = state.resting[symbol]
  const left = resting?.filter((id) => id !== orderId) ?? []
  const nextResting =
    resting === undefined
      ? state.resting
      : left.length > 0
        ? { ...state.resting, [symbol]: left }
        : without(state.resting, symbol)
  return { ...state, entering, resting: nextResting }
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key))
}
