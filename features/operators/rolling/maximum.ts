import { rolling } from './rolling.ts'

export const maximum = rolling({
  name: 'Max',
  doc: 'Largest of the last window values.',
  over([x], start, end) {
    let largest = -Infinity
    for (let i = start; i < end; i++) if (x![i]! > largest) largest = x![i]!
    return largest
  },
})
