import { expanding } from './expanding.ts'
import {
  addToQuantile,
  quantileEstimate,
  quantileSoFar,
  type QuantileEstimate,
} from './quantile-estimate.ts'

export const expandingQuantile = expanding<QuantileEstimate>({
  name: 'ExpandingQuantile',
  doc: 'Estimate of a quantile of all values so far by five markers, P² (Jain and Chlamtac 1985); exact up to five values.',
  params: [{ name: 'level', integer: false, min: 0.001, max: 0.999, default: 0.5 }],
  state: ([level]) => quantileEstimate(level!),
  take(state, value) {
    addToQuantile(state, value)
    return quantileSoFar(state)
  },
})
