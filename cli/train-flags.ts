/** Flags of `quorum train` that exclude or need each other. Said before any work, since a flag without effect is a trap. */
import { QuorumError } from '../core/errors.ts'

const ofBars = ['symbols', 'features', 'timeframe']
const ofRecipe = [
  ...['model', 'kind', 'param', 'label', 'from', 'to', 'rolling-days', 'validation', 'embargo'],
  ...['seed', 'seeds', 'dataset', 'target', 'horizon', 'sample-weights'],
  ...ofBars,
]

interface Contradiction {
  readonly flag: string
  readonly excludes: readonly string[]
  readonly because: string
}

const contradictions: readonly Contradiction[] = [
  { flag: 'recipe', excludes: ofRecipe, because: 'the file says all of it' },
  { flag: 'rolling-days', excludes: ['from', 'to'], because: 'both set the period' },
  { flag: 'dataset', excludes: ofBars, because: 'the file has the rows and their features' },
]

interface Dependency {
  readonly flag: string
  readonly needs: string
  readonly because: string
}

const dependencies: readonly Dependency[] = [
  { flag: 'target', needs: 'dataset', because: 'it names a column of that file' },
  { flag: 'horizon', needs: 'dataset', because: 'it counts rows of that file' },
  { flag: 'dataset', needs: 'target', because: 'it is the column to predict' },
]

/** @throws USAGE naming both flags. */
export function checkTrainFlags(options: Readonly<Record<string, unknown>>): void {
  const given = new Set(Object.entries(options).flatMap(flagName))
  for (const { flag, excludes, because } of contradictions) {
    const other = excludes.find((one) => given.has(one))
    if (given.has(flag) && other !== undefined) {
      const reason = `Give either --${flag} or --${other}, not both: ${because}.`
      throw new QuorumError('USAGE', { reason })
    }
  }
  for (const { flag, needs, because } of dependencies) {
    if (given.has(flag) && !given.has(needs))
      throw new QuorumError('USAGE', { reason: `Give --${needs} with --${flag}: ${because}.` })
  }
  if (given.has('recipe')) return
  for (const flag of ['model', 'kind']) {
    if (!given.has(flag))
      throw new QuorumError('USAGE', { reason: `Give --${flag}, or --recipe FILE.` })
  }
}

/** `rollingDays` → `rolling-days`; nothing for an option that was not given, or was given no value. */
function flagName([key, value]: readonly [string, unknown]): string[] {
  const empty = typeof value === 'object' && value !== null && Object.keys(value).length === 0
  if (value === undefined || empty) return []
  return [key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)]
}
