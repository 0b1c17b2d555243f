/**
 * Operators over blocks of rows, AssemblyScript with SIMD; `npm run kernels` compiles them to kernels.wasm, and a check holds both equal.
 *
 * Every kernel has one form: it continues an operator over rows [from, to). `state` is the address of its numbers, float64, parameters first; `args`
 * that of the addresses (uint32) of its input columns and then of its output columns, row i of a column 8 · i bytes on. One row at a time and all at
 * once are the same additions in the same order. Missing values are NaN; what is not finite becomes NaN.
 */
import { absolute, add, divide, greater, greaterThan, less, lessThan, multiply, subtract } from './elementwise.as'
import { lag, rollingSum } from './sums.as'
import { line } from './line.as'
import { coMoment } from './co-moment.as'
import { extreme } from './extreme.as'
import { order } from './order.as'
import { convergence, exponentialMean } from './technical/averages.as'
import { averageRange, changeOscillator, directionalIndex, directionalRating } from './technical/trend.as'
import { bollingerBands } from './technical/bands.as'
import { commodityChannel, stochastic } from './technical/momentum.as'
import { moneyFlow, onBalanceVolume } from './technical/volume.as'

export { gatherRows } from './rows.as'

/**
 * Runs the instructions in [program, end), uint32 each: kernel, words of the instruction, address of its state, then its columns. The kernels' numbers
 * are their places in `kernelNames` (memory.ts).
 */
export function run(program: usize, end: usize, from: i32, to: i32): void {
  for (let at = program; at < end; at += <usize>load<u32>(at, 4) << 2) {
    const state = <usize>load<u32>(at, 8)
    const args = at + 12
    switch (load<u32>(at)) {
      case 0: absolute(state, args, from, to); break
      case 1: add(state, args, from, to); break
      case 2: divide(state, args, from, to); break
      case 3: greater(state, args, from, to); break
      case 4: greaterThan(state, args, from, to); break
      case 5: less(state, args, from, to); break
      case 6: lessThan(state, args, from, to); break
      case 7: multiply(state, args, from, to); break
      case 8: subtract(state, args, from, to); break
      case 9: lag(state, args, from, to); break
      case 10: rollingSum(state, args, from, to); break
      case 11: line(state, args, from, to); break
      case 12: coMoment(state, args, from, to); break
      case 13: extreme(state, args, from, to); break
      case 14: order(state, args, from, to); break
      case 15: exponentialMean(state, args, from, to); break
      case 16: convergence(state, args, from, to); break
      case 17: changeOscillator(state, args, from, to); break
      case 18: averageRange(state, args, from, to); break
      case 19: directionalIndex(state, args, from, to); break
      case 20: directionalRating(state, args, from, to); break
      case 21: bollingerBands(state, args, from, to); break
      case 22: stochastic(state, args, from, to); break
      case 23: commodityChannel(state, args, from, to); break
      case 24: moneyFlow(state, args, from, to); break
      case 25: onBalanceVolume(state, args, from, to); break
      default: unreachable()
    }
  }
}
