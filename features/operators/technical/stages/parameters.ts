/** Parameters that indicators share. */
import { check } from '../../../../core/checks.ts'
import { windowParameter, type OperatorParams, type ParameterSpec } from '../../../operator.ts'

/** Rows; at least 2 where one row gives no spread or makes a smoothing the identity. */
export function windowOf(rows: number, { min = 1, name = 'window' } = {}): ParameterSpec {
  return { ...windowParameter, name, min, default: rows }
}

export function factor(name: string, value: number, { min = 0 } = {}): ParameterSpec {
  return { name, integer: false, min, default: value }
}

/** @throws INVALID_VALUE where the first parameter is not below the second. */
export function checkFasterThan(operator: string, [fast, slow]: OperatorParams): void {
  check(fast! < slow!, `parameter fast of ${operator}`, `below slow (${slow!})`, fast)
}
