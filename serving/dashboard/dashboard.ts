/** The dashboard's first page: reads the public API, then follows /ws. Everything shown comes from the server. */
import { drawExperiment, type EquityPoint } from './charts.js'
import { badge, cell, date, fill, number, percent } from './render.js'

interface Arm {
  arm: string
  model: string
  version: number
  equity: number
  netReturn: number
  sharpe: number | null
  maxDrawdown: number
  trades: number
}

interface Signal {
  symbol: string
  time: number
  direction: number
  strength: number
  confidence: number
  agreeing: number
  voters: number
  votes: {
    model: string
    version: number
    prediction: number | null
    direction: number
    reason?: string
  }[]
}

interface Moment {
  time: number
  arms: { arm: string; version: number; equity: number; signals: Signal[] }[]
}

interface Experiment {
  id: string
  name: string
  state: string
  bars: number
  arms: Arm[]
  decision: string
  reason: string
  inSample: boolean
  profile: string
  latest: Moment | null
}

const refreshMs = 3_000
let selected: string | undefined
let points: EquityPoint[] = []

function element(id: string): HTMLElement {
  return document.getElementById(id)!
}

function picker(): HTMLSelectElement {
  return element('experiments') as HTMLSelectElement
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return (await response.json()) as T
}

async function showExperiments(): Promise<void> {
  const { experiments } = await get<{ experiments: Experiment[] }>('/v1/experiments')
  const select = picker()
  // The one that runs is the one to watch; a choice made by hand stays.
  selected ??= (experiments.find((one) => one.state === 'running') ?? experiments[0])?.id
  const signature = experiments.map((one) => one.id + one.state).join()
  if (select.dataset['signature'] !== signature) {
    select.dataset['signature'] = signature
    select.replaceChildren(
      ...experiments.map(
        (one) =>
          new Option(
            `${one.name} (${one.state}, ${one.bars} bars)`,
            one.id,
            false,
            one.id === selected,
          ),
      ),
    )
  }
  if (selected === undefined) return
  const experiment = await get<Experiment>(`/v1/experiments/${selected}`)
  fill(
    'arms',
    experiment.arms.map((arm) => [
      cell(arm.arm),
      cell(`${arm.model} ${arm.version}`),
      cell(number(arm.equity, 0)),
      cell(percent(arm.netReturn), Math.sign(arm.netReturn)),
      cell(arm.sharpe === null ? '–' : number(arm.sharpe, 2)),
      cell(percent(arm.maxDrawdown)),
      cell(String(arm.trades)),
    ]),
  )
  badge('decision', experiment.decision)
  element('verdict').textContent =
    `${experiment.reason}. Profile ${experiment.profile}, costs on${experiment.inSample ? ', IN-SAMPLE' : ', out of sample'}.`
  if (experiment.latest !== null) showSignals(experiment.latest)
}

async function loadEquity(): Promise<void> {
  if (selected === undefined) return
  const { equity } = await get<{ equity: EquityPoint[] }>(
    `/v1/experiments/${selected}/equity?points=800`,
  )
  points = equity
  drawExperiment(points)
}

function showSignals({ arms }: Moment): void {
  fill(
    'signals',
    arms.flatMap((arm) =>
      arm.signals.map((signal) => [
        cell(`${arm.arm} (${arm.version})`),
        cell(signal.symbol),
        cell(date(signal.time)),
        cell(
          signal.direction > 0 ? 'long' : signal.direction < 0 ? 'short' : 'hold',
          signal.direction,
        ),
        cell(number(signal.strength, 3)),
        cell(number(signal.confidence, 2)),
        cell(
          `${signal.agreeing}/${signal.voters}: ${signal.votes
            .map(
              (vote) =>
                `${vote.model} ${vote.prediction === null ? (vote.reason ?? '–') : `${vote.direction > 0 ? '▲' : vote.direction < 0 ? '▼' : '•'} ${percent(vote.prediction)}`}`,
            )
            .join(', ')}`,
        ),
      ]),
    ),
  )
}

async function showRegistry(): Promise<void> {
  type Version = {
    model: string
    version: number
    aliases: string[]
    metrics: Record<string, number | null>
    createdAt: number
  }
  type Job = {
    kind: string
    model: string | null
    state: string
    createdAt: number
    progress: { stage: string; done: number; total: number } | null
    error: { message: string } | null
  }
  type Schedule = { model: string; cron: string; timeZone: string; nextDue: number }
  const [{ models }, { jobs }, { schedules }] = await Promise.all([
    get<{ models: Version[] }>('/v1/models'),
    get<{ jobs: Job[] }>('/v1/jobs?limit=30'),
    get<{ schedules: Schedule[] }>('/v1/schedules'),
  ])
  fill(
    'versions',
    models
      .toSorted((a, b) => b.createdAt - a.createdAt)
      .map((one) => [
        cell(one.model),
        cell(String(one.version)),
        cell(one.aliases.join(', ')),
        cell(number(one.metrics['icMean'] ?? one.metrics['ic'] ?? null, 4)),
        cell(percent(one.metrics['hitRate'] ?? null)),
        cell(date(one.createdAt)),
      ]),
  )
  fill(
    'jobs',
    jobs.map((job) => [
      cell(job.kind),
      cell(job.model ?? ''),
      cell(job.state, job.state === 'failed' ? -1 : job.state === 'succeeded' ? 1 : 0),
      cell(
        job.error?.message ??
          (job.progress === null || job.state !== 'running'
            ? ''
            : `${job.progress.stage} ${job.progress.done}/${job.progress.total}`),
      ),
      cell(date(job.createdAt)),
    ]),
  )
  fill(
    'schedules',
    schedules.map((one) => [
      cell(one.model),
      cell(one.cron),
      cell(one.timeZone),
      cell(date(one.nextDue)),
    ]),
  )
}

function follow(): void {
  const socket = new WebSocket(
    `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
  )
  socket.onopen = () => (element('status').textContent = 'live')
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    const event = JSON.parse(data) as Moment & { type: string; session: string }
    if (event.type !== 'moment' || event.session !== selected) return
    for (const { arm, equity } of event.arms) points.push({ arm, time: event.time, equity })
    drawExperiment(points)
    showSignals(event)
  }
  socket.onclose = () => {
    element('status').textContent = 'reconnecting'
    setTimeout(follow, 2_000)
  }
}

async function refresh(): Promise<void> {
  try {
    const before = selected
    await Promise.all([showExperiments(), showRegistry()])
    if (before !== selected) await loadEquity()
  } catch (error) {
    element('status').textContent = `cannot read the server: ${(error as Error).message}`
  }
  setTimeout(() => void refresh(), refreshMs)
}

picker().onchange = ({ target }) => {
  selected = (target as HTMLSelectElement).value
  void showExperiments().then(loadEquity)
}
window.addEventListener('resize', () => drawExperiment(points))
follow()
void refresh()
