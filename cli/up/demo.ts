/**
 * What `quorum up` sets up on bundled data, step by step. Every step looks first whether it was done, so that a second start,
 * or one after a kill in the middle, goes on with what is missing.
 */
import type { Json } from '../../core/canonical-json.ts'
import {
  createExperiment,
  followRun,
  type ExperimentRequest,
  type Platform,
} from '../../pipelines/index.ts'
import type { RecipeInput, RunKind, RunProgress } from '../../registry/index.ts'

export interface DemoOptions {
  readonly signal: AbortSignal
  readonly say: (line: string) => void
  readonly onProgress: (progress: RunProgress) => void
  /** Called once a prediction works. */
  readonly onReady: () => void
}

const author = 'up'

/** The simulated market: 30 symbols in 6 sectors around the clock, 1,500 days of history, then endless. */
export const simulation = {
  symbols: 30,
  sectors: 6,
  bars: 1_500,
  strength: 0.1,
  seed: 11,
  timeframe: '1d',
  calendar: '24/7',
  from: '2020-01-01',
} as const

const spx = (to: string): RecipeInput => ({
  model: 'spx',
  members: [
    { model: 'spx.ridge', kind: 'ridge' },
    { model: 'spx.lstm', kind: 'lstm' },
    { model: 'spx.gbdt', kind: 'gbdt' },
  ],
  symbols: ['SPX'],
  window: { from: '2005-01-01', to },
  quorum: 2,
  seed: 1,
})

const panel = (symbols: readonly string[], to?: string): RecipeInput => ({
  model: 'panel',
  members: [
    { model: 'panel.ridge', kind: 'ridge' },
    { model: 'panel.gbdt', kind: 'gbdt' },
  ],
  symbols: [...symbols],
  window: to === undefined ? {} : { to },
  quorum: 2,
  seed: 1,
})

export async function setUpDemo(platform: Platform, options: DemoOptions): Promise<void> {
  const { registry, sessions, bars } = platform
  const { say, onReady, signal } = options
  const versions = async (model: string): Promise<number> =>
    (await registry.models.list(model)).length
  const stored = new Set(await bars.symbols())
  for (const [source, symbol] of [
    ['sp500', 'SPX'],
    ['aapl', 'AAPL'],
  ] as const) {
    if (stored.has(symbol)) continue
    say(`Ingesting ${symbol}, bundled daily bars`)
    await work(platform, 'ingest', { source }, null, options)
  }
  for (const [k, to] of ['2014-12-31', '2017-12-31'].entries()) {
    if ((await versions('spx')) > k) continue
    say(`Training ensemble spx (ridge, lstm, gbdt) version ${k + 1} on 2005-01-01 to ${to}`)
    await work(platform, 'train', { recipe: spx(to), author }, 'spx', options)
    onReady()
  }
  onReady()
  await alias(platform, 'spx', 'challenger', 2)
  const names = new Set(
    (await sessions.list({ limit: 200 }))
      .filter((row) => row.state !== 'failed')
      .map((row) => row.spec.name),
  )
  const replay = 'spx: version 1 against 2'
  if (!names.has(replay)) {
    say('Replaying 2018-04-17 to 2020-04-17 with spx versions 1 and 2 as the arms of a paper A/B')
    const request: ExperimentRequest = {
      name: replay,
      model: 'spx',
      champion: 1,
      challenger: 2,
      source: { type: 'replay', from: '2018-04-17', to: '2020-04-17' },
    }
    await work(platform, 'experiment', request, 'spx', options)
  }
  const simulated = (await bars.instruments())
    .filter((one) => one.assetClass === 'simulated')
    .map((one) => one.symbol)
  if (simulated.length < simulation.symbols) {
    say(`Simulating ${simulation.symbols} symbols in ${simulation.sectors} sectors`)
    await work(platform, 'ingest', { source: 'simulate', options: simulation }, null, options)
  }
  const symbols = (await bars.instruments())
    .filter((one) => one.assetClass === 'simulated')
    .map((one) => one.symbol)
  for (const [k, to] of ['2022-06-30', undefined].entries()) {
    if ((await versions('panel')) > k) continue
    say(`Training ensemble panel (ridge, gbdt) version ${k + 1}`)
    await work(platform, 'train', { recipe: panel(symbols, to), author }, 'panel', options)
  }
  await alias(platform, 'panel', 'challenger', 2)
  const live = 'panel: live on the simulated market'
  if (!names.has(live)) {
    say('Starting an endless paper session on the simulated market, one bar a second, two arms')
    const session = await createExperiment(
      platform,
      {
        name: live,
        model: 'panel',
        champion: 1,
        challenger: 2,
        symbols,
        source: { type: 'simulate', options: simulation, paceMs: 1_000 },
      } satisfies ExperimentRequest,
      'service',
    )
    await session.dispose()
  }
  for (const [model, cron] of [
    ['spx', '0 6 * * 1'],
    ['panel', '30 6 * * 1'],
  ] as const) {
    const known = await registry.schedules.list()
    if (known.some((one) => one.model === model)) continue
    await registry.schedules.add({ model, cron, timeZone: 'America/New_York' })
    say(`Scheduled a weekly retrain of ${model} (Mondays, New York)`)
  }
  signal.throwIfAborted()
}

/** Enqueues a run, or finds the one that a start before this enqueued, and follows it. */
async function work(
  { registry, ...platform }: Platform,
  kind: RunKind,
  payload: unknown,
  model: string | null,
  { signal, onProgress }: DemoOptions,
): Promise<unknown> {
  const wanted = JSON.stringify(payload)
  const runs = await registry.runs.list({ limit: 100 })
  const active = runs.find(
    (run) =>
      run.kind === kind &&
      (run.state === 'queued' || run.state === 'running') &&
      sameJson(run.payload as Json, JSON.parse(wanted) as Json),
  )
  const id = active?.id ?? (await registry.enqueue(kind, payload, { model }))
  return followRun({ registry, ...platform }, id, { signal, onProgress })
}

/** Databases give keys back in another order. */
function sameJson(a: Json, b: Json): boolean {
  const sorted = (value: Json): string =>
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
        : inner,
    )
  return sorted(a) === sorted(b)
}

async function alias(
  { registry, records }: Platform,
  model: string,
  name: string,
  version: number,
): Promise<void> {
  const found = (await registry.models.list(model)).find((one) => one.version === version)
  if (found === undefined || found.aliases.length > 0) return
  const move = { model, alias: name, version, by: author, reason: 'set up by quorum up' }
  await records.transaction(async (trx) => {
    await registry.models.moveAlias(trx, move)
    await records.append(trx, [{ kind: 'alias.moved', body: move }])
  })
}
