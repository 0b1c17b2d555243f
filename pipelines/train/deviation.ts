/** Standard deviation of the labels of some rows; 0 for one row. */
export function deviation(rows: Int32Array, y: Float64Array): number {
  let mean = 0
  for (const row of rows) mean += y[row]! / rows.length
  let squares = 0
  for (const row of rows) squares += (y[row]! - mean) ** 2
  return rows.length > 1 ? Math.sqrt(squares / (rows.length - 1)) : 0
}
