/**
 * Builds estimators that are the mean over the last `window` rows of a term a row, or its root where the term is a variance. An
 * estimator is NaN wherever a row of its window has no term, and waits for all its rows with `emitPartial` too.
 */
import type { InputName, ParameterSpec, SeriesOperator } from '../../operator.ts'
import { finite } from '../elementwise/elementwise.ts'
import { windowIndicator } from '../technical/stages/indicator.ts'
import { windowOf } from '../technical/stages/parameters.ts'
import { pushSum, sumWindow, type SumWindow } from '../rolling/statistics/sum-window.ts'

interface TermsDefinition {
  readonly name: string
  readonly doc: string
  readonly inputs: readonly InputName[]
  readonly window?: ParameterSpec
  /** Earlier rows that a term reads. */
  readonly reads: number
  /** `volatility` takes the root of the mean. */
  readonly of: 'mean' | 'volatility'
  /** Writes the term of rows [from, to), NaN where there is none. */
  readonly terms: (
    inputs: readonly Float64Array[],
    from: number,
    to: number,
    out: Float64Array,
  ) => void
}

export function meanOfTerms(definition: TermsDefinition): SeriesOperator<SumWindow> {
  const { name, doc, inputs, window = windowOf(20), reads, terms } = definition
  const root = definition.of === 'volatility'
  return windowIndicator<SumWindow>({
    name,
    doc,
    inputs,
    params: [window],
    span: ([rows]) => rows! + reads,
    state: ([rows]) => sumWindow(rows!),
    advance(state, columns, from, to, [out]) {
      // The column of the results holds the terms until each is taken.
      terms(columns, from, to, out!)
      for (let i = from; i < to; i++) {
        const mean = pushSum(state, out![i]!) / state.window
        out![i] = finite(root ? Math.sqrt(mean) : mean)
      }
    },
  })
}
