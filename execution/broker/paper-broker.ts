/**
 * PaperBroker: fills against bars, never on the bar that made the decision. `onBars` is called with each moment's bars before
 * anything decides on them: an order submitted earlier meets the open first, then the range.
 *
 * A market order fills at the open. A stop fills at its price, or at the open where the bar opens beyond it; a limit fills at
 * its price, or better at the open. Where a bar touches both a stop and a limit of one group the stop comes first: the order
 * inside a bar is not known, so the worse one is taken. Slippage and commission are charged on every fill but a limit's
 * slippage. A symbol without a bar at a moment keeps its orders waiting.
 */
import { check, unknownName } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import type {
  Broker,
  BrokerAccount,
  BrokerEvent,
  BrokerPosition,
  Fill,
  Order,
  OrderRequest,
} from './broker.ts'
import { commission, slipped, type Costs } from './costs.ts'

export interface PriceBar {
  readonly symbol: string
  readonly openTime: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

/** Everything a broker is, as JSON; ended orders older than the last `endedOrdersKept` are not kept. */
export interface PaperBrokerState {
  readonly cash: number
  readonly time: number
  readonly positions: readonly BrokerPosition[]
  readonly orders: readonly Order[]
  readonly prices: Readonly<Record<string, number>>
}

const endedOrdersKept = 200

interface Attempt {
  readonly price: number
  readonly slips: boolean
}

export class PaperBroker implements Broker {
  readonly #costs: Costs
  readonly #listeners = new Set<(event: BrokerEvent) => void>()
  readonly #positions = new Map<string, BrokerPosition>()
  readonly #orders = new Map<string, Order>()
  readonly #prices = new Map<string, number>()
  #cash: number
  #time: number

  constructor({ cash, costs, state }: { cash: number; costs: Costs; state?: PaperBrokerState }) {
    this.#costs = costs
    this.#cash = state?.cash ?? cash
    this.#time = state?.time ?? 0
    for (const position of state?.positions ?? []) this.#positions.set(position.symbol, position)
    for (const order of state?.orders ?? []) this.#orders.set(order.id, order)
    for (const [symbol, price] of Object.entries(state?.prices ?? {}))
      this.#prices.set(symbol, price)
  }

  snapshot(): PaperBrokerState {
    const orders = [...this.#orders.values()]
    const ended = orders.filter((order) => order.state !== 'accepted').slice(-endedOrdersKept)
    return {
      cash: this.#cash,
      time: this.#time,
      positions: [...this.#positions.values()],
      orders: orders.filter((order) => order.state === 'accepted' || ended.includes(order)),
      prices: Object.fromEntries(this.#prices),
    }
  }

  /** Fills what the bars of one moment allow and marks positions at their closes. */
  onBars(time: number, bars: readonly PriceBar[]): void {
    this.#time = time
    for (const bar of bars) {
      // The open first: market orders, and what the bar has jumped over; then stops, then limits inside the range.
      this.#fillWhere(bar, (order) => atOpen(order, bar), bar.openTime)
      this.#fillWhere(
        bar,
        (order) => (order.type === 'stop' ? inRange(order, bar) : undefined),
        time,
      )
      this.#fillWhere(
        bar,
        (order) => (order.type === 'limit' ? inRange(order, bar) : undefined),
        time,
      )
      this.#prices.set(bar.symbol, bar.close)
    }
  }

  submit(request: OrderRequest): Promise<Order> {
    const existing = this.#orders.get(request.id)
    if (existing !== undefined) return Promise.resolve(existing)
    check(
      Number.isFinite(request.units) && request.units > 0,
      `units of order ${request.id}`,
      'a number > 0',
      request.units,
    )
    if (request.type !== 'market') {
      const price = request.price ?? NaN
      check(
        price > 0,
        `price of ${request.type} order ${request.id}`,
        'a number > 0',
        request.price,
      )
    }
    const order: Order = { ...request, state: 'accepted', submittedAt: this.#time }
    this.#put(order)
    return Promise.resolve(order)
  }

  async modify(
    id: string,
    change: { readonly units?: number; readonly price?: number },
  ): Promise<Order> {
    const order = this.#require(id)
    if (order.state !== 'accepted') {
      throw new QuorumError('CONFLICT', {
        reason: `Order ${id} is ${order.state}; only an accepted order can be changed.`,
      })
    }
    const changed = { ...order, ...change }
    check(changed.units > 0, `units of order ${id}`, 'a number > 0', changed.units)
    check(
      changed.price === undefined || changed.price > 0,
      `price of order ${id}`,
      'a number > 0',
      changed.price,
    )
    this.#put(changed)
    return Promise.resolve(changed)
  }

  async cancel(id: string): Promise<Order> {
    const order = this.#require(id)
    if (order.state === 'accepted') this.#end(order, 'cancelled', 'on request')
    return Promise.resolve(this.#orders.get(id)!)
  }

  positions(): Promise<readonly BrokerPosition[]> {
    return Promise.resolve([...this.#positions.values()])
  }

  orders(): Promise<readonly Order[]> {
    return Promise.resolve([...this.#orders.values()])
  }

  account(): Promise<BrokerAccount> {
    let equity = this.#cash
    for (const { symbol, units, averagePrice } of this.#positions.values()) {
      equity += units * (this.#prices.get(symbol) ?? averagePrice)
    }
    return Promise.resolve({ cash: this.#cash, equity })
  }

  subscribe(listener: (event: BrokerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #fillWhere(bar: PriceBar, attempt: (order: Order) => Attempt | undefined, time: number): void {
    for (const { id } of [...this.#orders.values()]) {
      const order = this.#orders.get(id)
      if (order?.state !== 'accepted' || order.symbol !== bar.symbol || !this.#isLive(order))
        continue
      const at = attempt(order)
      if (at !== undefined) this.#fill(order, at, time)
    }
  }

  #isLive({ after }: Order): boolean {
    return after === undefined || this.#orders.get(after)?.state === 'filled'
  }

  #fill(order: Order, { price: raw, slips }: Attempt, time: number): void {
    const sign = order.side === 'buy' ? 1 : -1
    const held = this.#positions.get(order.symbol)?.units ?? 0
    const units =
      order.reduceOnly === true ? Math.min(order.units, Math.max(0, -sign * held)) : order.units
    if (units === 0) {
      this.#end(order, 'cancelled', 'the position it would reduce is flat')
      return
    }
    const price = slips ? slipped(raw, order.side, this.#costs) : raw
    const fee = commission(price, units, this.#costs)
    this.#cash -= sign * units * price + fee
    this.#move(order.symbol, sign * units, price)
    this.#end(order, 'filled')
    const fill: Fill = {
      orderId: order.id,
      symbol: order.symbol,
      side: order.side,
      units,
      price,
      commission: fee,
      time,
    }
    this.#emit({ type: 'fill', fill })
    for (const other of [...this.#orders.values()]) {
      if (
        other.state === 'accepted' &&
        other.group !== undefined &&
        other.group === order.group &&
        other.id !== order.id
      ) {
        this.#end(other, 'cancelled', `${order.id} of its group filled`)
      }
    }
  }

  #move(symbol: string, change: number, price: number): void {
    const held = this.#positions.get(symbol) ?? { symbol, units: 0, averagePrice: 0 }
    const units = held.units + change
    if (Math.abs(units) < 1e-12) {
      this.#positions.delete(symbol)
      return
    }
    const crossed = Math.sign(units) !== Math.sign(held.units)
    const grew = Math.abs(units) > Math.abs(held.units)
    const averagePrice = crossed
      ? price
      : grew
        ? (held.units * held.averagePrice + change * price) / units
        : held.averagePrice
    this.#positions.set(symbol, { symbol, units, averagePrice })
  }

  #end(order: Order, state: 'filled' | 'cancelled', reason?: string): void {
    this.#put({ ...order, state, ...(reason === undefined ? {} : { reason }) })
    if (state === 'filled') return
    for (const other of [...this.#orders.values()]) {
      if (other.state === 'accepted' && other.after === order.id)
        this.#end(other, 'cancelled', `${order.id} was cancelled`)
    }
  }

  #put(order: Order): void {
    this.#orders.set(order.id, order)
    this.#emit({ type: 'order', order })
  }

  #require(id: string): Order {
    const order = this.#orders.get(id)
    if (order === undefined) throw unknownName('order', id, [...this.#orders.keys()].slice(-50))
    return order
  }

  #emit(event: BrokerEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

function atOpen(order: Order, { open }: PriceBar): Attempt | undefined {
  if (order.type === 'market') return { price: open, slips: true }
  const price = order.price!
  const buys = order.side === 'buy'
  if (order.type === 'stop')
    return (buys ? open >= price : open <= price) ? { price: open, slips: true } : undefined
  return (buys ? open <= price : open >= price) ? { price: open, slips: false } : undefined
}

function inRange(order: Order, { high, low }: PriceBar): Attempt | undefined {
  const price = order.price!
  const up = (order.side === 'buy') === (order.type === 'stop')
  const touched = up ? high >= price : low <= price
  return touched ? { price, slips: order.type === 'stop' } : undefined
}
