/** docs/reference/trees.md holds every parameter of the tree kinds with its default, and no other, and every objective and metric. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { findKind } from '../../../models/kinds.ts'
import { metricNames } from '../../../models/trees/objectives/metrics.ts'
import { objectiveNames } from '../../../models/trees/objectives/objectives.ts'

const page = readFileSync(new URL('../../../docs/reference/trees.md', import.meta.url), 'utf8')
const gbdt = findKind('gbdt').params.parse({})

function table(heading: string): Record<string, string> {
  const section = page.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!
  const rows = [...section.matchAll(/^\| `(\w+)`\s*\| `([^`]*)`/gm)]
  return Object.fromEntries(rows.map(([, name, value]) => [name!, value!]))
}

const shown = (params: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )

it('gbdt', () => {
  expect(table('`gbdt`')).toEqual(shown(gbdt))
})

it('double-ensemble', () => {
  const own = Object.entries(findKind('double-ensemble').params.parse({})).filter(
    ([name]) => !Object.hasOwn(gbdt, name),
  )
  expect(table('`double-ensemble`')).toEqual(shown(Object.fromEntries(own)))
})

it.each([...objectiveNames, ...metricNames])('%s', (name) => {
  expect(page).toContain(`\`${name}\``)
})
