/** Runs the acceptance scripts, all or those named; with `--json FILE` writes the counts of a test report there. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const args = process.argv.slice(2)
const at = args.indexOf('--json')
const report = at < 0 ? undefined : args.splice(at, 2)[1]
const names = (await readdir(import.meta.dirname))
  .filter(
    (name) =>
      /^\d\d-.*\.ts$/.test(name) && (args.length === 0 || args.some((arg) => name.includes(arg))),
  )
  .sort()
if (names.length === 0) {
  console.error(`No acceptance script matches ${args.join(', ')}`)
  process.exit(2)
}
let failed = 0
for (const name of names) {
  const began = performance.now()
  try {
    const script = (await import(pathToFileURL(join(import.meta.dirname, name)).href)) as {
      default: () => Promise<string>
    }
    const said = await script.default()
    console.log(`ok      ${name} (${((performance.now() - began) / 1_000).toFixed(1)} s): ${said}`)
  } catch (error) {
    failed++
    console.log(
      `FAILED  ${name} (${((performance.now() - began) / 1_000).toFixed(1)} s): ${(error as Error).message}`,
    )
  }
}
if (report !== undefined) {
  const counts = {
    numPassedTests: names.length - failed,
    numFailedTests: failed,
    numPendingTests: 0,
    numTodoTests: 0,
  }
  await writeFile(report, JSON.stringify(counts))
}
process.exitCode = failed === 0 ? 0 : 1
