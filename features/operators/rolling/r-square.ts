import { regression } from './regression.ts'

export const rSquare = regression(
  'Rsquare',
  'Share of the variance of the last window values that their least-squares line explains, in 0 … 1; NaN where nothing varies.',
  'rSquare',
)
