/** Text forms of labels: what is accepted, its canonical form, and how the rest is refused. */
import { expect, it } from 'vitest'
import {
  formatLabel,
  grammarOf,
  labelColumns,
  labelKinds,
  labelPanel,
  parseLabel,
} from '../../../../features/labels/index.ts'
import { randomBars } from '../../../support/bars.ts'

it.each(labelKinds.map(({ example, name }) => [name, example]))('%s reads %s', (name, example) => {
  const label = parseLabel(example)
  expect(label.kind).toBe(name)
  expect(formatLabel(label)).toBe(example)
})

it.each([
  ['return:1', 'return:1', 1, 1],
  ['return:1@open', 'return:1@open', 1, 2],
  ['direction:5:0', 'direction:5', 5, 5],
  ['direction:5@open:0.0010', 'direction:5@open:0.001', 5, 6],
  ['scaled:5@open:20', 'scaled:5@open:20', 5, 6],
  ['barrier:10:2.50:2', 'barrier:10:2.5:2', 10, 10],
  ['barrier:10:2:2:20', 'barrier:10:2:2', 10, 10],
  ['barrier:10:2:0:50', 'barrier:10:2:0:50', 10, 10],
  ['trend:5-20', 'trend:5-20', 20, 20],
  ['meta:reversal:20:10:2:2:20', 'meta:reversal:20:10:2:2', 10, 10],
])('%s is %s, held %i bars, reading %i ahead', (text, canonical, horizon, barsAhead) => {
  const label = parseLabel(text)
  expect(label).toMatchObject({ text: canonical, horizon, barsAhead })
  expect(parseLabel(canonical)).toEqual(label)
})

it.each([
  ['return', 'label must be return:H[@open] with H an integer from 1 to 99999'],
  ['return:0', 'such as return:5@open, got "return:0".'],
  ['return:05', 'return:H[@open]'],
  ['return:-1', 'return:H[@open]'],
  ['return:1.5', 'return:H[@open]'],
  ['return:1@close', 'return:H[@open]'],
  ['return:5:3', 'return:H[@open]'],
  ['return:100000', 'from 1 to 99999'],
  [' return:5', 'There is no label kind'],
  ['direction:5:-0.1', 'DEADBAND a number ≥ 0'],
  ['scaled:5', 'scaled:H[@open]:W'],
  ['scaled:5:1', 'W an integer from 2 to 99999'],
  ['volatility:5@open', 'volatility:H with'],
  ['trend:5', 'trend:H1-H2'],
  ['trend:20-5', 'trend:H1-H2 with H1 ≤ H2, got "trend:20-5"'],
  ['trend:1-5', 'H1 an integer from 2'],
  ['barrier:10:0:0', 'barrier:H:UP:DOWN[:W] with UP or DOWN above 0'],
  ['barrier-return:10:0:0', 'UP or DOWN above 0'],
  ['barrier:10:2', 'barrier:H:UP:DOWN[:W]'],
  ['trailing:5:0', 'MULT above 0'],
  ['meta:trend:5:5:1:1', 'RULE momentum or reversal'],
  ['meta:momentum:5:5:0:0', 'UP or DOWN above 0'],
])('refuses %s', (text, message) => {
  expect(() => parseLabel(text)).toThrow(message)
})

it('names the nearest kinds first, with grammar and example', () => {
  expect(() => parseLabel('bariers:5')).toThrow(
    'There is no label kind bariers. Known: barrier:H:UP:DOWN[:W] (as barrier:10:2:2), ',
  )
  expect(() => parseLabel('returns:5')).toThrow(/Known: return:H\[@open\] \(as return:5@open\), /)
  for (const kind of labelKinds) expect(() => parseLabel('x')).toThrow(grammarOf(kind))
})

it('compares symbols only where there are several', () => {
  const bars = randomBars(30, 1)
  const rank = parseLabel('rank:5')
  expect(() => labelColumns(bars, rank)).toThrow('label must be one of a single symbol')
  expect(() => labelPanel([bars], rank)).toThrow('at least 2, got 1. Train on several symbols')
  expect(labelPanel([bars], parseLabel('return:5'))).toEqual([
    labelColumns(bars, parseLabel('return:5')),
  ])
})
