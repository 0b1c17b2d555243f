import { rolling } from './rolling.ts'

export const minimum = rolling({
  name: 'Min',
  doc: 'Smallest of the last window values.',
  over([x], start, end) {
    let smallest = Infinity
    for (let i = start; i < end; i++) if (x![i]! < smallest) smallest = x![i]!
    return smallest
  },
})
