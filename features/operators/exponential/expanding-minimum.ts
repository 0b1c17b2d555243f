import { expanding } from './expanding.ts'

export const expandingMinimum = expanding<{ smallest: number }>({
  name: 'ExpandingMin',
  doc: 'Smallest of all values so far.',
  state: () => ({ smallest: Infinity }),
  take: (state, value) => (state.smallest = value < state.smallest ? value : state.smallest),
})
