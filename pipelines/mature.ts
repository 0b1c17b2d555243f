/**
 * Matures outcomes: joins logged predictions to their labels once the bars that end them are stored. A label that compares symbols is made from the bars of all
 * symbols that the model was trained on, and of the one it predicted.
 */
import { numberColumn, lowerBound, type Frame } from '../core/frame.ts'
import { labelPanel, parseLabel, type Label } from '../features/index.ts'
import { dayMs } from '../market/index.ts'
import type { PendingPrediction } from '../registry/index.ts'
import type { JobContext } from './jobs/handler.ts'
import type { Platform } from './platform.ts'

export interface MatureResult {
  readonly matured: number
  readonly waiting: number
}

/**
 * How long a comparison waits for a symbol whose bars have not come: long enough for a late delivery, and an outcome is written once. After that the symbol counts as
 * halted or delisted, with its newest price.
 */
const lateDays = 7

export async function matureOutcomes(
  platform: Platform,
  _payload: unknown,
  { claim, signal }: JobContext,
): Promise<MatureResult> {
  const { registry, records } = platform
  const result = await matureAll(platform, signal)
  await records.transaction((trx) => registry.runs.succeed(trx, claim, result))
  return result
}

export async function matureAll(platform: Platform, signal: AbortSignal): Promise<MatureResult> {
  const { outcomes } = platform.registry
  const symbolsOf = trainedOn(platform)
  let matured = 0
  let waiting = 0
  for (let afterId = 0; ;) {
    signal.throwIfAborted()
    const page = await outcomes.pending({ afterId })
    if (page.length === 0) return { matured, waiting }
    afterId = page.at(-1)!.id
    const groups = new Map<string, PendingPrediction[]>()
    for (const one of page) {
      const { scope } = parseLabel(one.label)
      const others = scope === 'panel' ? await symbolsOf(one.artifact) : []
      const symbols = [...new Set([...others, one.symbol])].sort()
      const key = JSON.stringify([symbols, one.timeframe, one.label])
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [one])
      else group.push(one)
    }
    for (const [key, predictions] of groups) {
      const [symbols, timeframe, label] = JSON.parse(key) as [string[], string, string]
      const ended = await endedLabels(platform, predictions, {
        ...{ symbols, timeframe },
        label: parseLabel(label),
      })
      await outcomes.record(ended)
      matured += ended.length
      waiting += predictions.length - ended.length
    }
  }
}

interface Comparison {
  readonly symbols: readonly string[]
  readonly timeframe: string
  readonly label: Label
}

async function endedLabels(
  { bars, clock }: Platform,
  predictions: readonly PendingPrediction[],
  { symbols, timeframe, label }: Comparison,
): Promise<{ predictionId: number; value: number; labelEnd: number }[]> {
  if (label.scope === 'panel') {
    const stored = new Set(await bars.symbols(timeframe))
    if (symbols.length < 2 || symbols.some((symbol) => !stored.has(symbol))) return []
  }
  const frames = await bars.read({ symbols, timeframe })
  const columns = labelPanel(frames, label)
  const now = clock.now()
  return predictions.flatMap(({ id, symbol, time }) => {
    const s = symbols.indexOf(symbol)
    const known = numberColumn(frames[s]!, 'knownAt')
    const row = lowerBound(known, time)
    const { y, labelEnd } = columns[s]!
    if (known[row] !== time || Number.isNaN(y[row])) return []
    const end = labelEnd[row]!
    const complete = label.scope === 'series' || frames.every((frame) => reaches(frame, label, end))
    if (!complete && now < end + lateDays * dayMs) return []
    return [{ predictionId: id, value: y[row]!, labelEnd: end }]
  })
}

/** Whether the price of a symbol that ends a label at `end` is stored. */
function reaches(frame: Frame, { price }: Label, end: number): boolean {
  const times = price === 'open' ? numberColumn(frame, 'openTime') : frame.time
  return (times.at(-1) ?? -Infinity) >= end
}

/** Symbols that an artifact was trained on, each manifest read once. */
function trainedOn({ artifacts }: Platform): (artifact: string) => Promise<readonly string[]> {
  const known = new Map<string, Promise<readonly string[]>>()
  return (artifact) => {
    const asked = known.get(artifact) ?? artifacts.manifest(artifact).then(({ symbols }) => symbols)
    known.set(artifact, asked)
    return asked
  }
}
