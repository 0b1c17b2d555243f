import { expanding } from './expanding.ts'

export const expandingMaximum = expanding<{ largest: number }>({
  name: 'ExpandingMax',
  doc: 'Largest of all values so far.',
  state: () => ({ largest: -Infinity }),
  take: (state, value) => (state.largest = value > state.largest ? value : state.largest),
})
