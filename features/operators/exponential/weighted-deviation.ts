import { weightedMoment } from './weighted-moments.ts'

export const weightedDeviation = weightedMoment({
  name: 'EWMStd',
  doc: 'Exponentially weighted standard deviation with α = 2 / (window + 1), the root of EWMVar (pandas ewm(span=window, adjust=False).std()).',
  arity: 1,
  result: ({ varianceX, weights }) => Math.sqrt(varianceX / (1 - weights)),
})
