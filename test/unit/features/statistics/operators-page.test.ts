/** docs/reference/operators.md is what the table says. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { operators } from '../../../../features/index.ts'
import { operatorsMarkdown, unlistedOperators } from '../../../../features/operators-doc.ts'

const page = readFileSync('docs/reference/operators.md', 'utf8')

it('the page has every operator of the table, once', () => {
  expect(unlistedOperators()).toEqual([])
  for (const { name } of operators) {
    const entries = page.split('\n').filter((line) => line.startsWith(`- \`${name}(`))
    expect(entries.length, name).toBe(1)
  }
})

it('the page is as the table would write it; npm run docs:operators writes it', () => {
  expect(page).toBe(operatorsMarkdown())
})
