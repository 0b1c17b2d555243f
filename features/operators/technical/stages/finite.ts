/** A number, or NaN in place of an infinity: what a division by zero or an overflow leaves is no value. */
export function finite(value: number): number {
  return value - value === 0 ? value : NaN
}
