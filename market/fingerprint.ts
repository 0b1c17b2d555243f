/**
 * The data fingerprint: sha256 over canonical column bytes of the bars themselves, never over files, so that parts, order of
 * ingestion and compaction do not change it. Series are taken in the order of (symbol, timeframe).
 */
import { createHash } from 'node:crypto'
import { endianness } from 'node:os'
import { canonicalJson } from '../core/canonical-json.ts'
import { optionalBarColumns, type Bars } from './bars.ts'

const hashedColumns = ['openTime', 'open', 'high', 'low', 'close', 'volume', 'knownAt'] as const

/** Hex sha256. Equal for equal bars whatever their memory layout; another symbol, timeframe or bit gives another. */
export function dataFingerprint(bars: Bars | readonly Bars[]): string {
  const series = 'columns' in bars ? [bars] : [...bars].sort(bySymbol)
  const hash = createHash('sha256')
  for (const one of series) {
    const optional = optionalBarColumns.filter((name) => hasNumber(one.columns[name]))
    const header = { symbol: one.symbol, timeframe: one.timeframe, rows: one.length, optional }
    hash.update(`${canonicalJson(header)}\n`).update(littleEndian(one.time))
    for (const name of hashedColumns) hash.update(littleEndian(one.columns[name]))
    for (const name of optional) hash.update(littleEndian(one.columns[name]!))
  }
  return hash.digest('hex')
}

function bySymbol(a: Bars, b: Bars): number {
  if (a.symbol !== b.symbol) return a.symbol < b.symbol ? -1 : 1
  return a.timeframe < b.timeframe ? -1 : a.timeframe > b.timeframe ? 1 : 0
}

function hasNumber(column: Float64Array | undefined): boolean {
  return column?.some((value) => !Number.isNaN(value)) ?? false
}

/** Bytes of a column with every NaN as the one quiet NaN; NaN payloads differ by how a value was made. */
function littleEndian(column: Float64Array): Uint8Array {
  const bytes = new Uint8Array(column.length * 8)
  const view = new DataView(bytes.buffer)
  if (endianness() === 'BE') {
    column.forEach((value, row) => view.setFloat64(row * 8, value, true))
  } else {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
  }
  for (let row = 0; row < column.length; row++) {
    if (Number.isNaN(column[row]!)) view.setBigUint64(row * 8, 0x7ff8000000000000n, true)
  }
  return bytes
}
