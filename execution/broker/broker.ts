/**
 * Broker: the one contract of everything that takes orders. `PaperBroker` is the reference; test/conformance/brokers.test.ts
 * defines the rest. Quantities are signed by `side`, prices in the instrument's currency, times in milliseconds.
 */
export const orderTypes = ['market', 'stop', 'limit'] as const
export type OrderType = (typeof orderTypes)[number]
export type Side = 'buy' | 'sell'
export type OrderState = 'accepted' | 'filled' | 'cancelled' | 'rejected'

export interface OrderRequest {
  /** Chosen by the caller; submitting the same id again answers the first order (idempotent). */
  readonly id: string
  readonly symbol: string
  readonly side: Side
  /** > 0; whole unless the instrument is fractional. */
  readonly units: number
  readonly type: OrderType
  /** Trigger of a stop, bound of a limit. */
  readonly price?: number
  /** Only ever brings the position closer to 0; clipped to it, cancelled when it is flat. */
  readonly reduceOnly?: boolean
  /** When one order of a group fills, the rest is cancelled. */
  readonly group?: string
  /** Not live before this order has filled; cancelled with it. */
  readonly after?: string
}

export interface Order extends OrderRequest {
  readonly state: OrderState
  readonly submittedAt: number
  readonly reason?: string
}

export interface Fill {
  readonly orderId: string
  readonly symbol: string
  readonly side: Side
  readonly units: number
  /** Price paid or received, slippage in it. */
  readonly price: number
  readonly commission: number
  readonly time: number
}

export interface BrokerPosition {
  readonly symbol: string
  /** Signed: negative is short. */
  readonly units: number
  readonly averagePrice: number
}

export interface BrokerAccount {
  readonly cash: number
  readonly equity: number
}

export type BrokerEvent =
  { readonly type: 'fill'; readonly fill: Fill } | { readonly type: 'order'; readonly order: Order }

export interface Broker {
  /** @throws INVALID_VALUE for an order that makes no sense; a sensible one that cannot be taken is answered `rejected`. */
  submit(request: OrderRequest): Promise<Order>
  /** Changes units or price of an accepted order. @throws UNKNOWN_NAME, CONFLICT once it has ended. */
  modify(id: string, change: { readonly units?: number; readonly price?: number }): Promise<Order>
  /** @throws UNKNOWN_NAME; cancelling an ended order answers it as it is. */
  cancel(id: string): Promise<Order>
  positions(): Promise<readonly BrokerPosition[]>
  /** All orders of this session, oldest first. */
  orders(): Promise<readonly Order[]>
  account(): Promise<BrokerAccount>
  /** Answers the function that ends the subscription. */
  subscribe(listener: (event: BrokerEvent) => void): () => void
}
