/**
 * A number, or NaN in place of an infinity: what a division by zero or an overflow leaves is no value. Written without a branch,
 * as half the machine code of a loop would be for a case that hardly occurs.
 */
export function finite(value: number): number {
  return value + (value - value)
}
