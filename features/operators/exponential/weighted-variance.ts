import { weightedMoment } from './weighted-moments.ts'

export const weightedVariance = weightedMoment({
  name: 'EWMVar',
  doc: 'Exponentially weighted variance with α = 2 / (window + 1), bias of the weights corrected (pandas ewm(span=window, adjust=False).var()).',
  arity: 1,
  result: ({ varianceX, weights }) => varianceX / (1 - weights),
})
