/**
 * Eleven common indicators over one million bars, in batch, beside TA-Lib's C library called from Python (which costs it
 * nothing at this length). Ours are the features of one set; what they give is written down whole, ours into arrays that are
 * kept, TA-Lib's into arrays that it allocates as its interface is.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRng } from '../core/rng.ts'
import { evaluatePanel } from '../features/evaluation.ts'
import { apply, column } from '../features/expression/expression.ts'
import type { FeatureSet } from '../features/feature-set.ts'
import { compilePlan } from '../features/plan.ts'
import { measure, type Row } from './measure.ts'
import { startReference } from './reference-process.ts'

const bars = 1_000_000
/** Operator with an output of its, columns, parameters; reference/features_ta.py has the same list. */
const eleven = [
  ['Mean', ['close'], [20]],
  ['EMA', ['close'], [20]],
  ['RSI', ['close'], [14]],
  ['MACD.macd', ['close'], [12, 26, 9]],
  ['MACD.signal', ['close'], [12, 26, 9]],
  ['MACD.histogram', ['close'], [12, 26, 9]],
  ['BBands.upper', ['close'], [20, 2]],
  ['BBands.middle', ['close'], [20, 2]],
  ['BBands.lower', ['close'], [20, 2]],
  ['ATR', ['high', 'low', 'close'], [14]],
  ['ADX', ['high', 'low', 'close'], [14]],
  ['Stoch.k', ['high', 'low', 'close'], [14, 3, 3]],
  ['Stoch.d', ['high', 'low', 'close'], [14, 3, 3]],
  ['CCI', ['high', 'low', 'close'], [20]],
  ['MFI', ['high', 'low', 'close', 'volume'], [14]],
  ['OBV', ['close', 'volume'], []],
] as const

const set: FeatureSet = {
  name: 'eleven',
  version: 1,
  emitPartial: false,
  features: eleven.map(([name, inputs, params]) => ({
    name,
    expression: apply(name, ...inputs.map(column), ...params),
    doc: 'bench',
  })),
}

type BarColumns = Readonly<Record<'high' | 'low' | 'close' | 'volume', Float64Array>>

export async function featuresTa(wanted: (name: string) => boolean): Promise<Row[]> {
  if (!wanted('ta-eleven')) return []
  const folder = await mkdtemp(join(tmpdir(), 'quorum-bench-'))
  const reference = startReference('features_ta.py', 'talib')
  try {
    const columns = makeBars(bars)
    for (const [name, column] of Object.entries(columns))
      await writeFile(join(folder, `${name}.f64`), new Uint8Array(column.buffer))
    const outs = eleven.map(() => new Float64Array(bars))
    const row = await measure({
      ...{ name: 'ta-eleven', unit: 'ns/bar', better: 'lower', referenceName: 'TA-Lib' },
      ours: () => Promise.resolve(nanosecondsABar(columns, outs)),
      reference: reference && (() => reference.ask(folder)),
    })
    return [row]
  } finally {
    reference?.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A random walk of closes; every bar opens near the last close and reaches a little beyond both. */
function makeBars(length: number): BarColumns {
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

/** Moments of the rows. */
const time = Float64Array.from({ length: bars }, (_, i) => i * 60_000)

function nanosecondsABar(columns: BarColumns, outs: readonly Float64Array[]): number {
  const began = performance.now()
  const rows = [{ time, columns }]
  evaluatePanel(compilePlan(set), rows, new Int32Array(1), (block) => {
    const end = block.offset + block.count
    block.columns.forEach((values, k) => {
      outs[block.features[k]!]!.set(values.subarray(block.offset, end), block.row)
    })
  })
  return ((performance.now() - began) * 1e6) / columns.close.length
}
