/** Bars and signals for engine and broker tests. */
import type { PriceBar } from '../../execution/index.ts'
import type { Direction, Signal } from '../../models/index.ts'

const day = 86_400_000

export function bar(
  index: number,
  open: number,
  high: number,
  low: number,
  close: number,
  symbol = 'A',
): PriceBar {
  return { symbol, openTime: index * day, open, high, low, close }
}

export function flatBar(index: number, price: number, symbol = 'A'): PriceBar {
  return bar(index, price, price + 1, price - 1, price, symbol)
}

export function signal(direction: Direction, symbol = 'A'): Signal {
  return {
    symbol,
    time: 0,
    direction,
    strength: direction,
    confidence: 0.6,
    votes: [],
    agreeing: 2,
    voters: 3,
  }
}
