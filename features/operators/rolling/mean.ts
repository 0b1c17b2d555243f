import { rollingSum } from './rolling-sum.ts'

export const mean = rollingSum('Mean', 'Mean of the last window values.', true)
