/** `alpha158` and `alpha360` against qlib's own operators on AAPL (test/oracle/qlib-alpha.py): equal values, equal gaps. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createFrame } from '../../../core/frame.ts'
import { compilePlan, evaluateBars, findFeatureSet } from '../../../features/index.ts'

const table = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(','))

const golden = table(
  gunzipSync(readFileSync(new URL('../../golden/qlib-alpha.csv.gz', import.meta.url))).toString(),
)
const series = createRequire(import.meta.url).resolve('@observablehq/sample-datasets/aapl.csv')
const [header, ...lines] = table(readFileSync(series, 'utf8'))
const columns = Object.fromEntries(
  ['Open', 'High', 'Low', 'Close', 'Volume'].map((name) => [
    name.toLowerCase(),
    Float64Array.from(lines, (line) => Number(line[header!.indexOf(name)])),
  ]),
)
const time = Float64Array.from(lines, (line) => Date.parse(line[0]!))
const bars = createFrame(time, { ...columns, knownAt: time })

describe.each(['alpha158', 'alpha360'])('%s', (name) => {
  const plan = compilePlan(findFeatureSet(name))
  const [found] = evaluateBars(plan, [bars], Int32Array.of(0))

  it('has the features of qlib', () => {
    expect(plan.names.length).toBe(Number(/\d+/.exec(name)![0]))
    expect(plan.names.filter((feature) => !golden[0]!.includes(feature))).toEqual([])
  })

  it('agrees to 1e-6 with the same gaps', () => {
    plan.names.forEach((feature, k) => {
      const at = golden[0]!.indexOf(feature)
      for (const line of golden.slice(1)) {
        const row = Number(line[0])
        const value = found![k]![row]!
        const where = `${feature} at row ${row}`
        if (line[at] === '') expect(value, where).toBeNaN()
        else {
          const expected = Number(line[at])
          // A residual near 0 keeps only the rounding of the sums that cancel in it.
          const tolerance = 1e-6 * Math.abs(expected) + 1e-13
          expect(Math.abs(value - expected), `${where}: ${value}, qlib ${expected}`).toBeLessThan(
            tolerance,
          )
        }
      }
    })
  })
})
