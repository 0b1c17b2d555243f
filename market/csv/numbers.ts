/**
 * Decimal text to float64 straight from bytes. Up to 15 significant digits and a power of ten up to 22 the mantissa and the
 * power are exact in float64, so one multiplication or division rounds correctly (Clinger, "How to read floating point numbers
 * accurately", PLDI 1990, the fast path); anything longer goes through Number().
 */
const exactDigits = 15
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const missingWords = new Set(['', 'nan', 'null', 'none', 'na', 'n/a', '#n/a', '-', '.'])

const zero = 48
const nine = 57
const minus = 45
const plus = 43
const space = 32

/** The number written in bytes [from, to), or NaN where that is no number; ask `isMissing` whether it is an empty value. */
export function parseNumber(bytes: Buffer, from: number, to: number, decimal: number): number {
  while (from < to && bytes[from] === space) from++
  while (to > from && bytes[to - 1] === space) to--
  let at = from
  const first = bytes[at]
  if (first === minus || first === plus) at++
  let mantissa = 0
  let significant = 0
  let seen = 0
  let scale = 0
  for (; at < to; at++) {
    const byte = bytes[at]!
    if (byte < zero || byte > nine) break
    mantissa = mantissa * 10 + (byte - zero)
    seen++
    if (mantissa > 0) significant++
  }
  if (at < to && bytes[at] === decimal) {
    for (at++; at < to; at++) {
      const byte = bytes[at]!
      if (byte < zero || byte > nine) break
      mantissa = mantissa * 10 + (byte - zero)
      seen++
      scale++
      if (mantissa > 0) significant++
    }
  }
  if (at < to || significant > exactDigits || scale >= powersOfTen.length) {
    return slowNumber(bytes.toString('latin1', from, to), decimal)
  }
  if (seen === 0) return NaN
  const value = mantissa / powersOfTen[scale]!
  return first === minus ? -value : value
}

/** Whether text stands for a value that is not there: empty, NaN, null, NA, a dash. */
export function isMissing(text: string): boolean {
  return missingWords.has(text.trim().toLowerCase())
}

function slowNumber(written: string, decimal: number): number {
  const text = decimal === 46 ? written : written.replace(String.fromCharCode(decimal), '.')
  return numberPattern.test(text) ? Number(text) : NaN
}
