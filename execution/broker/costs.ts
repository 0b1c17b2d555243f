/** What trading costs, in basis points of the traded value a side. Slippage moves the price against the order. */
import type { Side } from './broker.ts'

export interface Costs {
  readonly commissionBps: number
  readonly slippageBps: number
}

export const defaultCosts: Costs = { commissionBps: 1, slippageBps: 2 }

export function slipped(price: number, side: Side, { slippageBps }: Costs): number {
  return price * (1 + ((side === 'buy' ? 1 : -1) * slippageBps) / 10_000)
}

export function commission(price: number, units: number, { commissionBps }: Costs): number {
  return (price * units * commissionBps) / 10_000
}

/** Cost of getting in and out again, as a share of the price. */
export function roundTripCost({ commissionBps, slippageBps }: Costs): number {
  return (2 * (commissionBps + slippageBps)) / 10_000
}
