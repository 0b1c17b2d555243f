import { crossing } from './crossing.ts'

export const crossUnder = crossing(
  'CrossUnder',
  '1 at the row where x comes to stand below y after it did not in the row before, else 0.',
  -1,
)
