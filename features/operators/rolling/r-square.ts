import { lineOperator } from './line-family.ts'

export const rSquare = lineOperator(
  'Rsquare',
  'Share of the variance of the last window values that their least-squares line explains, in 0 … 1; NaN where nothing varies.',
)
