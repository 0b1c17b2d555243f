/** docs/reference/labels.md holds the grammar of every kind of label and of sample weights, and no other. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { grammarOf, labelKinds } from '../../../../features/labels/index.ts'
import { sampleWeightKinds } from '../../../../features/weights/index.ts'

const page = readFileSync(
  new URL('../../../../docs/reference/labels.md', import.meta.url),
  'utf8',
).split('\n## ')
const rows = (section: string): string[] =>
  [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, grammar]) => grammar!)

it.each([
  ['labels', page[0]!, labelKinds],
  ['sample weights', page[1]!, sampleWeightKinds],
] as const)('%s', (_, section, kinds) => {
  expect(rows(section)).toEqual(kinds.map(grammarOf))
})
