/** `npm run bench -- NAME[/ROW] [--json]`: ours beside a reference, medians of interleaved pairs with quartiles of the ratio. */
import { benchmarks } from './benchmarks.ts'
import { report, type Row } from './measure.ts'

const args = process.argv.slice(2)
const json = args.includes('--json')
const names = args.filter((arg) => !arg.startsWith('--'))
const isWanted = (name: string, row?: string): boolean =>
  names.length === 0 ||
  names.some((text) => {
    const [benchmark, only] = text.split('/')
    return benchmark === name && (only === undefined || row === undefined || only === row)
  })
const chosen = Object.entries(benchmarks).filter(([name]) => isWanted(name))
if (chosen.length === 0) {
  console.error(
    `There is no benchmark ${names.join(', ')}. Known: ${Object.keys(benchmarks).join(', ')}.`,
  )
  process.exit(2)
}
const rows: Row[] = []
for (const [name, benchmark] of chosen)
  rows.push(...(await benchmark((row) => isWanted(name, row))))
console.log(json ? JSON.stringify({ rows }) : report(rows))
