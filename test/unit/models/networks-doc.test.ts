/** docs/reference/networks.md holds every parameter of every network with its default, and no other. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { findKind } from '../../../models/kinds.ts'
import { trainingParams } from '../../../models/networks/training-params.ts'

const page = readFileSync(new URL('../../../docs/reference/networks.md', import.meta.url), 'utf8')

/** Name and default, as written, of the table under a heading. */
function table(heading: string): Record<string, string> {
  const section = page.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!
  const rows = [...section.matchAll(/^\| `(\w+)`\s*\| `([^`]*)`/gm)]
  return Object.fromEntries(rows.map(([, name, value]) => [name!, value!]))
}

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value))

it('for all networks', () => {
  const defaults = Object.entries(trainingParams.parse({}))
  expect(table('All networks')).toEqual(
    Object.fromEntries(defaults.map(([name, value]) => [name, shown(value)])),
  )
})

it.each([
  ['lstm', '`lstm` and `gru`'],
  ['gru', '`lstm` and `gru`'],
  ['mlp', '`mlp`'],
  ['transformer', '`transformer`'],
  ['tcn', '`tcn`'],
])('for %s', (kind, heading) => {
  const common = Object.keys(trainingParams.parse({}))
  const own = Object.entries(findKind(kind).params.parse({})).filter(
    ([name]) => !common.includes(name),
  )
  expect(table(heading)).toEqual(
    Object.fromEntries(own.map(([name, value]) => [name, shown(value)])),
  )
})
