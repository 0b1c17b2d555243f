import { rollingSum } from './rolling-sum.ts'

export const sum = rollingSum('Sum', 'Sum of the last window values.', false)
