import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  findRiskProfile,
  newEngineState,
  PaperBroker,
  sizePosition,
  step,
  type EngineConfig,
  type EngineEvent,
  type EngineState,
  type PriceBar,
} from '../../../execution/index.ts'
import type { Direction } from '../../../models/index.ts'
import { bar, flatBar, signal } from '../../support/paper.ts'

const profile = findRiskProfile('research')
const config: EngineConfig = { arm: 'x', profile, maxHoldingBars: 3, fractional: [] }

/** Engine and broker on bars with a signal each; what a session does, without features. */
async function trade(
  bars: readonly PriceBar[],
  directions: readonly Direction[],
  own: EngineConfig = config,
) {
  const broker = new PaperBroker({ cash: 100_000, costs: { commissionBps: 0, slippageBps: 0 } })
  let state = newEngineState(100_000)
  const fills: { time: number; side: string; units: number; price: number }[] = []
  const events: EngineEvent[] = []
  broker.subscribe((event) => {
    if (event.type === 'fill') {
      fills.push(event.fill)
      events.push(event)
    } else if (event.order.state === 'cancelled') {
      events.push({
        type: 'orderEnded',
        orderId: event.order.id,
        symbol: event.order.symbol,
        reason: '',
      })
    }
  })
  const take = async (event: EngineEvent): Promise<void> => {
    const result = step(state, event, own)
    state = result.state
    for (const action of result.actions) {
      if (action.type === 'submit') await broker.submit(action.order)
      else await broker.cancel(action.orderId)
    }
  }
  for (const [i, one] of bars.entries()) {
    broker.onBars(i, [one])
    for (const event of events.splice(0)) await take(event)
    await take({ type: 'bars', time: i, bars: [one], signals: [signal(directions[i] ?? 0)] })
    for (const event of events.splice(0)) await take(event)
  }
  return { state, fills, broker }
}

const warm = Array.from({ length: 20 }, (_, i) => flatBar(i, 100))
const hold = (n: number): Direction[] => new Array<Direction>(n).fill(0)

describe('engine', () => {
  it('sizes an entry so that the stop loses the risk share, and buys at the next open', async () => {
    const { fills, state } = await trade([...warm, bar(20, 104, 105, 103, 104)], [...hold(19), 1])
    // Average range 2, stop 3 × 2 = 6 below 100: 2 % of 100,000 over 6 = 333 whole units.
    expect(fills).toMatchObject([{ side: 'buy', units: 333, price: 104 }])
    expect(state.resting['A']).toHaveLength(1)
  })

  it('makes no entry before it knows a range', async () => {
    const { fills } = await trade(warm.slice(0, 10), new Array<Direction>(10).fill(1))
    expect(fills).toEqual([])
  })

  it('leaves at the stop, at the opposite quorum, and after maxHoldingBars', async () => {
    const fall = bar(21, 100, 100, 90, 91)
    const stopped = await trade([...warm, flatBar(20, 100), fall], [...hold(19), 1])
    expect(stopped.fills[1]).toMatchObject({ side: 'sell', price: 94 })
    const opposed = await trade(
      [...warm, flatBar(20, 100), flatBar(21, 101), flatBar(22, 102)],
      [...hold(19), 1, 0, -1],
    )
    expect(opposed.fills[1]).toMatchObject({ side: 'sell', price: 102 })
    const later = Array.from({ length: 8 }, (_, i) => flatBar(20 + i, 100))
    const expired = await trade([...warm, ...later], [...hold(19), 1])
    expect(expired.fills[1]).toMatchObject({ side: 'sell', time: 23 * 86_400_000 })
    expect(expired.state.positions).toEqual({})
  })

  it('keeps a position while its signal is renewed', async () => {
    const later = Array.from({ length: 10 }, (_, i) => flatBar(20 + i, 100))
    const { fills } = await trade(
      [...warm, ...later],
      [...hold(19), ...new Array<Direction>(11).fill(1)],
    )
    expect(fills).toHaveLength(1)
  })

  it('treats −1 as flat unless the profile allows shorts', async () => {
    const next = [...warm, flatBar(20, 100)]
    expect((await trade(next, [...hold(19), -1])).fills).toEqual([])
    const short = { ...config, profile: { ...profile, allowShort: true } }
    expect((await trade(next, [...hold(19), -1], short)).fills).toMatchObject([{ side: 'sell' }])
  })

  it('enters nothing while halted and leaves everything when told to flatten', async () => {
    const { state } = await trade([...warm, flatBar(20, 100)], [...hold(19), 1])
    const halted = step(
      newEngineState(1),
      { type: 'command', command: 'halt', time: 0 },
      config,
    ).state
    expect(halted.halted).toBe(true)
    const flat = step(state, { type: 'command', command: 'flatten', time: 0 }, config)
    expect(flat.actions.map((action) => action.type)).toEqual(['cancel', 'submit'])
  })

  it('agrees with the broker on cash, positions and equity whatever happens', async () => {
    const direction = fc.constantFrom<Direction>(-1, 0, 0, 1)
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 6 }), direction),
          { minLength: 10, maxLength: 60 },
        ),
        fc.boolean(),
        async (moves, allowShort) => {
          let price = 100
          const bars = moves.map(([change, spread], i) => {
            const open = price
            price = Math.max(5, price + change)
            return bar(
              20 + i,
              open,
              Math.max(open, price) + spread,
              Math.max(1, Math.min(open, price) - spread),
              price,
            )
          })
          const own = { ...config, profile: { ...profile, allowShort, rewardRisk: 1.5 } }
          const { state, broker } = await trade(
            [...warm, ...bars],
            [...hold(20), ...moves.map(([, , d]) => d)],
            own,
          )
          const account = await broker.account()
          expect(state.cash).toBeCloseTo(account.cash, 6)
          expect(state.equity).toBeCloseTo(account.equity, 6)
          const held = (await broker.positions()).map((one) => [one.symbol, one.units])
          expect(
            Object.entries(state.positions).map(([symbol, one]) => [symbol, one.units]),
          ).toEqual(held)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is a pure function: its state survives JSON', async () => {
    const { state } = await trade([...warm, flatBar(20, 100)], [...hold(19), 1])
    const copy = JSON.parse(JSON.stringify(state)) as EngineState
    const event = {
      type: 'bars',
      time: 21,
      bars: [flatBar(21, 101)],
      signals: [signal(-1)],
    } as const
    expect(step(copy, event, config)).toEqual(step(state, event, config))
  })
})

describe('sizing', () => {
  const input = {
    equity: 100_000,
    entry: 100,
    stop: 90,
    fractional: false,
    otherExposure: 0,
    openPositions: 0,
    drawdown: 0,
  }

  it('is (account × risk share) / (entry − stop)', () => {
    expect(sizePosition(input, profile)).toEqual({ units: 200, limits: [] })
  })

  it('clips to the position and leverage limits and says so', () => {
    const paper = findRiskProfile('paper')
    expect(sizePosition({ ...input, stop: 99.9 }, paper)).toMatchObject({
      units: 200,
      limits: [{ limit: 'maxPositionShare', action: 'clipped' }],
    })
    expect(sizePosition({ ...input, otherExposure: 95_000 }, profile)).toMatchObject({
      units: 50,
      limits: [{ limit: 'maxLeverage' }],
    })
  })

  it('refuses at the drawdown and position-count limits', () => {
    const paper = findRiskProfile('paper')
    expect(sizePosition({ ...input, drawdown: -0.25 }, paper)).toMatchObject({
      units: 0,
      limits: [{ limit: 'maxDrawdown', action: 'refused' }],
    })
    expect(sizePosition({ ...input, openPositions: 20 }, paper)).toMatchObject({
      units: 0,
      limits: [{ limit: 'maxOpenPositions' }],
    })
  })

  it('never exceeds a limit', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.double({ min: 0.01, max: 1e3, noNaN: true }),
        fc.double({ min: 0, max: 2e5, noNaN: true }),
        (entry, gap, otherExposure) => {
          const { units } = sizePosition(
            { ...input, entry, stop: entry - gap, fractional: true, otherExposure },
            profile,
          )
          expect(units * entry).toBeLessThanOrEqual(
            Math.max(0, 100_000 - otherExposure) * (1 + 1e-12),
          )
        },
      ),
    )
  })
})
