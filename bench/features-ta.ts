/**
 * Eleven common indicators over one million bars, in batch, beside TA-Lib's C library called from Python (which costs it
 * nothing at this length). Both allocate what they answer.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRng } from '../core/rng.ts'
import { outputCount } from '../features/operator.ts'
import { findOperator } from '../features/operators/index.ts'
import { measure, type Row } from './measure.ts'
import { startReference } from './reference-process.ts'

const bars = 1_000_000

/** Operator, its columns, its parameters; reference/features_ta.py has the same list. */
export const eleven = [
  ['Mean', ['close'], [20]],
  ['EMA', ['close'], [20]],
  ['RSI', ['close'], [14]],
  ['MACD', ['close'], [12, 26, 9]],
  ['BBands', ['close'], [20, 2]],
  ['ATR', ['high', 'low', 'close'], [14]],
  ['ADX', ['high', 'low', 'close'], [14]],
  ['Stoch', ['high', 'low', 'close'], [14, 3, 3]],
  ['CCI', ['high', 'low', 'close'], [20]],
  ['MFI', ['high', 'low', 'close', 'volume'], [14]],
  ['OBV', ['close', 'volume'], []],
] as const

export type BarColumns = Readonly<Record<'high' | 'low' | 'close' | 'volume', Float64Array>>

export async function featuresTa(wanted: (name: string) => boolean): Promise<Row[]> {
  if (!wanted('ta-eleven')) return []
  const folder = await mkdtemp(join(tmpdir(), 'quorum-bench-'))
  const reference = startReference('features_ta.py', 'talib')
  try {
    const columns = makeBars(bars)
    for (const [name, column] of Object.entries(columns))
      await writeFile(join(folder, `${name}.f64`), new Uint8Array(column.buffer))
    const row = await measure({
      ...{ name: 'ta-eleven', unit: 'ns/bar', better: 'lower', referenceName: 'TA-Lib' },
      ours: () => Promise.resolve(nanosecondsABar(columns)),
      reference: reference && (() => reference.ask(folder)),
    })
    return [row]
  } finally {
    reference?.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A random walk of closes; every bar opens near the last close and reaches a little beyond both. */
export function makeBars(length: number): BarColumns {
  const rng = createRng(6).stream('bars')
  const columns = {
    high: new Float64Array(length),
    low: new Float64Array(length),
    close: new Float64Array(length),
    volume: new Float64Array(length),
  }
  let level = Math.log(100)
  for (let i = 0; i < length; i++) {
    const open = Math.exp(level + 0.002 * rng.normal())
    level += 0.01 * rng.normal() - 0.001 * (level - Math.log(100))
    const close = Math.exp(level)
    columns.close[i] = close
    columns.high[i] = Math.max(open, close) * (1 + 0.004 * rng.uniform())
    columns.low[i] = Math.min(open, close) * (1 - 0.004 * rng.uniform())
    columns.volume[i] = Math.round(1_000 * Math.exp(rng.normal()))
  }
  return columns
}

function nanosecondsABar(columns: BarColumns): number {
  const began = performance.now()
  for (const [name, inputs, params] of eleven) runOperator(name, inputs, params, columns)
  return ((performance.now() - began) * 1e6) / columns.close.length
}

/** All rows in one call; answers the outputs. */
export function runOperator(
  name: string,
  inputs: readonly (keyof BarColumns)[],
  params: readonly number[],
  columns: BarColumns,
): Float64Array[] {
  const operator = findOperator(name)
  if (operator.scope !== 'series') throw new Error(`${name} is not of one series`)
  const { length } = columns.close
  const outs = Array.from({ length: outputCount(operator) }, () => new Float64Array(length))
  const state: unknown = operator.state(params, { emitPartial: false })
  const used = inputs.map((input) => columns[input])
  operator.advance(state, used, 0, length, outs)
  return outs
}
