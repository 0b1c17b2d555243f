/**
 * One arm of a session at work: its ensemble, its engine and its paper broker. A moment goes in, what changed comes out;
 * state is JSON, so that a session can stop after any moment and go on in another process.
 */
import {
  predictSignals,
  type FeatureSource,
  type LoadedEnsemble,
  type RunningMoments,
  type Signal,
} from '../../models/index.ts'
import type { Fill, Order } from '../broker/broker.ts'
import { PaperBroker, type PaperBrokerState, type PriceBar } from '../broker/paper-broker.ts'
import {
  newEngineState,
  step,
  type EngineCommand,
  type EngineConfig,
  type EngineEvent,
  type EngineRecord,
  type EngineState,
} from '../engine/engine.ts'
import { addBar, newArmStatistics, type ArmStatistics } from './statistics.ts'
import type { SessionSpec } from './spec.ts'

export interface ArmSnapshot {
  readonly engine: EngineState
  readonly broker: PaperBrokerState
  readonly statistics: ArmStatistics
}

export interface SessionSnapshot {
  readonly arms: Readonly<Record<string, ArmSnapshot>>
  /** Paired difference of the first two arms (second − first), net return a bar. */
  readonly difference: RunningMoments
  /** Moments judged. */
  readonly bars: number
}

export interface ArmMoment {
  readonly signals: readonly Signal[]
  readonly orders: readonly Order[]
  readonly fills: readonly Fill[]
  readonly records: readonly EngineRecord[]
  readonly equity: number
  readonly cash: number
  readonly exposure: number
  readonly netReturn: number
}

export class ArmRuntime {
  readonly #ensemble: LoadedEnsemble
  readonly #config: EngineConfig
  readonly #symbols: readonly string[]
  readonly #broker: PaperBroker
  #engine: EngineState
  #statistics: ArmStatistics

  constructor(
    spec: SessionSpec,
    {
      ensemble,
      config,
      snapshot,
    }: { ensemble: LoadedEnsemble; config: EngineConfig; snapshot?: ArmSnapshot },
  ) {
    this.#ensemble = ensemble
    this.#config = config
    this.#symbols = spec.symbols
    this.#engine = snapshot?.engine ?? newEngineState(spec.initialCash)
    this.#statistics = snapshot?.statistics ?? newArmStatistics(spec.initialCash)
    this.#broker = new PaperBroker({
      cash: spec.initialCash,
      costs: spec.costs,
      ...(snapshot === undefined ? {} : { state: snapshot.broker }),
    })
  }

  snapshot(): ArmSnapshot {
    return { engine: this.#engine, broker: this.#broker.snapshot(), statistics: this.#statistics }
  }

  /** Lets the engine see bars before the first judged moment: stops hang on average ranges, no decision is made. */
  warmUp(time: number, bars: readonly PriceBar[]): void {
    this.#engine = step(this.#engine, { type: 'bars', time, bars, signals: [] }, this.#config).state
  }

  /** One moment: orders of earlier moments meet the bars, then the closed bars are decided on. */
  async advance(
    time: number,
    bars: readonly PriceBar[],
    features: FeatureSource,
  ): Promise<ArmMoment> {
    const orders = new Map<string, Order>()
    const fills: Fill[] = []
    const records: EngineRecord[] = []
    const events: EngineEvent[] = []
    const unsubscribe = this.#broker.subscribe((event) => {
      if (event.type === 'fill') {
        fills.push(event.fill)
        events.push(event)
        return
      }
      const { order } = event
      orders.set(order.id, order)
      if (order.state === 'cancelled' || order.state === 'rejected') {
        events.push({
          type: 'orderEnded',
          orderId: order.id,
          symbol: order.symbol,
          reason: order.reason ?? order.state,
        })
      }
    })
    try {
      this.#broker.onBars(time, bars)
      for (const event of events.splice(0)) records.push(...(await this.#take(event)))
      const present = new Set(bars.map((bar) => bar.symbol))
      const symbols = this.#symbols.filter((symbol) => present.has(symbol))
      const signals = await predictSignals(this.#ensemble, symbols, features)
      records.push(...(await this.#take({ type: 'bars', time, bars, signals })))
      for (const event of events.splice(0)) records.push(...(await this.#take(event)))
      return { signals, orders: [...orders.values()], fills, records, ...this.#mark(time, fills) }
    } finally {
      unsubscribe()
    }
  }

  async command(command: EngineCommand, time: number): Promise<readonly EngineRecord[]> {
    return this.#take({ type: 'command', command, time })
  }

  async #take(event: EngineEvent): Promise<readonly EngineRecord[]> {
    const result = step(this.#engine, event, this.#config)
    this.#engine = result.state
    for (const action of result.actions) {
      if (action.type === 'submit') await this.#broker.submit(action.order)
      else await this.#broker.cancel(action.orderId)
    }
    return result.records
  }

  #mark(
    time: number,
    fills: readonly Fill[],
  ): { equity: number; cash: number; exposure: number; netReturn: number } {
    const { equity, cash, positions, closes } = this.#engine
    const costs = fills.reduce((sum, fill) => sum + fill.commission, 0)
    const marked = addBar(this.#statistics, time, equity, { trades: fills.length, costs })
    this.#statistics = marked.statistics
    const value = Object.entries(positions).reduce(
      (sum, [symbol, { units, price }]) => sum + units * (closes[symbol] ?? price),
      0,
    )
    return { equity, cash, exposure: equity > 0 ? value / equity : 0, netReturn: marked.netReturn }
  }
}
