/** Matures outcomes: joins logged predictions to their labels once the bars that end them are stored. */
import { numberColumn, lowerBound } from '../core/frame.ts'
import { labelColumns, parseLabel } from '../features/index.ts'
import type { PendingPrediction } from '../registry/index.ts'
import type { JobContext } from './jobs/handler.ts'
import type { Platform } from './platform.ts'

export interface MatureResult {
  readonly matured: number
  readonly waiting: number
}

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

export async function matureAll(
  { registry, bars }: Platform,
  signal: AbortSignal,
): Promise<MatureResult> {
  const { outcomes } = registry
  let matured = 0
  let waiting = 0
  for (let afterId = 0; ;) {
    signal.throwIfAborted()
    const page = await outcomes.pending({ afterId })
    if (page.length === 0) return { matured, waiting }
    afterId = page.at(-1)!.id
    const series = new Map<string, PendingPrediction[]>()
    for (const one of page) {
      const key = JSON.stringify([one.symbol, one.timeframe, one.label])
      series.set(key, [...(series.get(key) ?? []), one])
    }
    for (const [key, predictions] of series) {
      const [symbol, timeframe, label] = JSON.parse(key) as [string, string, string]
      const [frame] = await bars.read({ symbols: [symbol], timeframe })
      const known = numberColumn(frame!, 'knownAt')
      const { y, labelEnd } = labelColumns(frame!, parseLabel(label))
      const ended = predictions.flatMap(({ id, time }) => {
        const row = lowerBound(known, time)
        if (known[row] !== time || Number.isNaN(y[row])) return []
        return [{ predictionId: id, value: y[row]!, labelEnd: labelEnd[row]! }]
      })
      await outcomes.record(ended)
      matured += ended.length
      waiting += predictions.length - ended.length
    }
  }
}
