/**
 * A value with a hand-written derivative, for a computation whose backward pass is cheaper than the one that the rules of its parts give,
 * such as a recurrent layer. The forward graph stays what it was; tests hold the derivative to central differences like any other.
 */
import type { Operation, Value } from './graph.ts'

/** The first input, unchanged; the others are what it was computed from. Emits no node. */
const passThrough: Operation = {
  name: 'custom',
  infer: ([value]) => value!,
  evaluate: ([value]) => value!.data,
  emit: (_, [value]) => value!,
}

/**
 * @param from values that `value` was computed from and that gradients shall reach
 * @param gradient builds, given d loss / d value, one gradient for each of `from`, of its shape
 */
export function withGradient(
  value: Value,
  from: readonly Value[],
  gradient: (upstream: Value) => readonly Value[],
): Value {
  return value.graph.applyCustom(passThrough, [value, ...from], (upstream) => [
    undefined,
    ...gradient(upstream),
  ])
}
