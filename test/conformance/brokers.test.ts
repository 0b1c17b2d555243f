/** What every Broker promises, run over all of them. */
import { describe, expect, it } from 'vitest'
import { PaperBroker, type Broker, type Fill, type PriceBar } from '../../execution/index.ts'
import { bar, flatBar } from '../support/paper.ts'

interface Market {
  readonly broker: Broker
  /** Lets the market move by one bar. */
  readonly move: (index: number, ...bars: PriceBar[]) => void
}

const costs = { commissionBps: 1, slippageBps: 2 }
const brokers: Readonly<Record<string, () => Market>> = {
  PaperBroker: () => {
    const broker = new PaperBroker({ cash: 10_000, costs })
    return { broker, move: (index, ...bars) => broker.onBars(index, bars) }
  },
}

describe.each(Object.keys(brokers))('%s', (name) => {
  const market = (): Market => brokers[name]!()

  it('fills a market order at the next open, never on the bar that made the decision', async () => {
    const { broker, move } = market()
    move(1, flatBar(1, 100))
    const order = await broker.submit({
      id: 'a',
      symbol: 'A',
      side: 'buy',
      units: 10,
      type: 'market',
    })
    expect(order.state).toBe('accepted')
    expect(await broker.positions()).toEqual([])
    move(2, bar(2, 110, 130, 90, 120))
    const [position] = await broker.positions()
    expect(position).toMatchObject({ symbol: 'A', units: 10 })
    expect(position!.averagePrice).toBeCloseTo(110 * 1.0002, 10)
    const account = await broker.account()
    expect(account.cash).toBeCloseTo(10_000 - 10 * 110 * 1.0002 * 1.0001, 8)
    expect(account.equity).toBeCloseTo(account.cash + 10 * 120, 8)
  })

  it('takes the same order id once', async () => {
    const { broker, move } = market()
    const request = { id: 'a', symbol: 'A', side: 'buy', units: 1, type: 'market' } as const
    await broker.submit(request)
    await broker.submit(request)
    move(1, flatBar(1, 100))
    await broker.submit(request)
    move(2, flatBar(2, 100))
    expect((await broker.positions())[0]!.units).toBe(1)
  })

  it('fills a stop at its price inside the bar and at the open beyond it', async () => {
    for (const [open, expected] of [
      [100, 95],
      [90, 90],
    ] as const) {
      const { broker, move } = market()
      await broker.submit({ id: 'in', symbol: 'A', side: 'buy', units: 1, type: 'market' })
      await broker.submit({
        id: 'stop',
        symbol: 'A',
        side: 'sell',
        units: 1,
        type: 'stop',
        price: 95,
        reduceOnly: true,
        after: 'in',
      })
      const fills: Fill[] = []
      broker.subscribe((event) => event.type === 'fill' && fills.push(event.fill))
      move(1, flatBar(1, 100))
      move(2, bar(2, open, 101, 85, 86))
      expect(fills.at(-1)!.orderId).toBe('stop')
      expect(fills.at(-1)!.price).toBeCloseTo(expected * 0.9998, 10)
    }
  })

  it('takes the stop where one bar touches stop and target, and cancels the rest of the group', async () => {
    const { broker, move } = market()
    await broker.submit({ id: 'in', symbol: 'A', side: 'buy', units: 1, type: 'market' })
    const common = {
      symbol: 'A',
      side: 'sell',
      units: 1,
      reduceOnly: true,
      group: 'g',
      after: 'in',
    } as const
    await broker.submit({ ...common, id: 'target', type: 'limit', price: 110 })
    await broker.submit({ ...common, id: 'stop', type: 'stop', price: 95 })
    move(1, flatBar(1, 100))
    move(2, bar(2, 100, 120, 90, 100))
    const states = Object.fromEntries(
      (await broker.orders()).map((order) => [order.id, order.state]),
    )
    expect(states).toEqual({ in: 'filled', stop: 'filled', target: 'cancelled' })
    expect(await broker.positions()).toEqual([])
  })

  it('never lets a reduce-only order open or turn a position', async () => {
    const { broker, move } = market()
    await broker.submit({ id: 'in', symbol: 'A', side: 'buy', units: 3, type: 'market' })
    move(1, flatBar(1, 100))
    await broker.submit({
      id: 'out',
      symbol: 'A',
      side: 'sell',
      units: 5,
      type: 'market',
      reduceOnly: true,
    })
    await broker.submit({
      id: 'more',
      symbol: 'A',
      side: 'sell',
      units: 5,
      type: 'market',
      reduceOnly: true,
    })
    move(2, flatBar(2, 100))
    expect(await broker.positions()).toEqual([])
    expect((await broker.orders()).find((order) => order.id === 'more')!.state).toBe('cancelled')
  })

  it('keeps what waits on a cancelled order from ever filling', async () => {
    const { broker, move } = market()
    await broker.submit({ id: 'in', symbol: 'A', side: 'buy', units: 1, type: 'limit', price: 50 })
    await broker.submit({
      id: 'stop',
      symbol: 'A',
      side: 'sell',
      units: 1,
      type: 'stop',
      price: 150,
      after: 'in',
    })
    await broker.cancel('in')
    move(1, flatBar(1, 100))
    expect((await broker.orders()).map((order) => order.state)).toEqual(['cancelled', 'cancelled'])
  })

  it('changes accepted orders only', async () => {
    const { broker, move } = market()
    await broker.submit({ id: 'a', symbol: 'A', side: 'buy', units: 1, type: 'limit', price: 90 })
    expect((await broker.modify('a', { price: 101 })).price).toBe(101)
    move(1, flatBar(1, 100))
    await expect(broker.modify('a', { units: 2 })).rejects.toThrow(/Order a is filled/)
    await expect(broker.modify('b', { units: 2 })).rejects.toThrow(/no order b/)
    await expect(broker.cancel('b')).rejects.toThrow(/no order b/)
  })

  it.each([0, -1, NaN, Infinity])('refuses %s units', async (units) => {
    const { broker } = market()
    const work = (): Promise<unknown> =>
      broker.submit({ id: 'a', symbol: 'A', side: 'buy', units, type: 'market' })
    await expect((async () => work())()).rejects.toThrow(/units of order a must be a number > 0/)
  })
})

describe('PaperBroker', () => {
  it('goes on from its snapshot as if nothing had happened', async () => {
    const whole = new PaperBroker({ cash: 1_000, costs })
    await whole.submit({ id: 'in', symbol: 'A', side: 'buy', units: 2, type: 'market' })
    await whole.submit({
      id: 'stop',
      symbol: 'A',
      side: 'sell',
      units: 2,
      type: 'stop',
      price: 95,
      reduceOnly: true,
      after: 'in',
    })
    whole.onBars(1, [flatBar(1, 100)])
    const state = JSON.parse(JSON.stringify(whole.snapshot())) as ReturnType<typeof whole.snapshot>
    const restored = new PaperBroker({ cash: 0, costs, state })
    for (const broker of [whole, restored]) broker.onBars(2, [bar(2, 100, 101, 90, 91)])
    expect(restored.snapshot()).toEqual(whole.snapshot())
    expect(await restored.positions()).toEqual([])
  })

  it('leaves the orders of a symbol without a bar waiting', async () => {
    const broker = new PaperBroker({ cash: 1_000, costs })
    await broker.submit({ id: 'a', symbol: 'A', side: 'buy', units: 1, type: 'market' })
    broker.onBars(1, [flatBar(1, 100, 'B')])
    expect((await broker.orders())[0]!.state).toBe('accepted')
  })
})
