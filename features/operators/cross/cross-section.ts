/** Builds operators across the symbols present at one moment, over the whole section or within each group. */
import type { CrossOperator, OperatorParams, ParameterSpec } from '../../operator.ts'

interface SectionOptions {
  /** Within each group instead of over the whole section. */
  readonly byGroup?: boolean
  readonly params?: readonly ParameterSpec[]
}

export function crossSection(
  name: string,
  doc: string,
  apply: (values: Float64Array, params: OperatorParams) => Float64Array,
  { byGroup = false, params = [] }: SectionOptions = {},
): CrossOperator {
  return {
    name,
    scope: 'cross',
    params,
    arity: 1,
    doc,
    evaluate([input], groups, values, out) {
      out.fill(NaN)
      for (const rows of sections(input!, groups, byGroup)) {
        const results = apply(
          Float64Array.from(rows, (row) => input![row]!),
          values,
        )
        rows.forEach((row, k) => (out[row] = results[k]!))
      }
    },
  }
}

function sections(input: Float64Array, groups: Int32Array, byGroup: boolean): number[][] {
  const found = new Map<number, number[]>()
  for (let row = 0; row < input.length; row++) {
    if (input[row] !== input[row]) continue
    const key = byGroup ? groups[row]! : 0
    const rows = found.get(key)
    if (rows === undefined) found.set(key, [row])
    else rows.push(row)
  }
  return [...found.values()]
}

/** Deviations from the mean; the sum of the result is 0 up to rounding. */
export function demeaned(values: Float64Array): Float64Array {
  let total = 0
  for (const value of values) total += value
  const mean = total / values.length
  return values.map((value) => value - mean)
}
