/** The form of LSTM and GRU nodes that our runtimes execute: forward, standard activations, initial states 0. */
import { check } from '../../../core/checks.ts'
import type { NodeReader } from './operator.ts'

/** @returns the size of the state. @throws INVALID_VALUE for any other form. */
export function checkRecurrent(node: NodeReader): number {
  const direction = node.text('direction', 'forward')
  check(direction === 'forward', `the direction of ${node.type}`, 'forward', direction)
  check(node.int('layout', 0) === 0, `the layout of ${node.type}`, '0, time first', 1)
  check(node.inputCount <= 4, `the inputs of ${node.type}`, 'at most 4', node.inputCount)
  if (node.type === 'GRU') {
    const after = node.int('linear_before_reset', 0)
    check(after === 1, 'linear_before_reset of GRU', '1, the reset after the product', after)
  }
  return node.int('hidden_size', 0)
}
