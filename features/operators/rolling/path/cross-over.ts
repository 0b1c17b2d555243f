import { crossing } from './crossing.ts'

export const crossOver = crossing(
  'CrossOver',
  '1 at the row where x comes to stand above y after it did not in the row before, else 0.',
  1,
)
