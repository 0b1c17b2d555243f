/** /metrics in Prometheus' text form: requests by route, predictions, the process. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import {
  driftStates,
  vectorLogFolder,
  verifyReportFile,
  type FeatureDrift,
} from '../features/index.ts'
import type { ServingContext } from './context.ts'
import type { SetDrift } from './predict/feature-watch.ts'

export interface Metrics {
  observe(route: string, method: string, status: number, seconds: number): void
  text(): Promise<string>
  readonly contentType: string
}

export function createMetrics(
  { registry: platform, config }: ServingContext,
  drift: () => Promise<readonly SetDrift[]>,
): Metrics {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  collectDefaultMetrics({ register: registry, prefix: 'quorum_' })
  const duration = new Histogram({
    name: 'quorum_http_request_duration_seconds',
    help: 'Time to answer, by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  })
  const requests = new Counter({
    name: 'quorum_http_requests_total',
    help: 'Requests answered, by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    registers,
  })
  new Gauge({
    name: 'quorum_runs',
    help: 'Runs by state, of the newest 500.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset()
      for (const run of await platform.runs.list({ limit: 500 })) this.inc({ state: run.state })
    },
  })
  new Gauge({
    name: 'quorum_feature_mismatches',
    help: 'Logged feature values that quorum features verify could not reproduce, of the newest verification.',
    labelNames: ['set', 'feature'],
    registers,
    async collect() {
      this.reset()
      for (const { set, feature, count } of await newestMismatches(config.dataDir))
        this.set({ set, feature }, count)
    },
  })
  const driftLabels = ['model', 'version', 'set', 'feature'] as const
  const eachDrift = async (
    tell: (labels: Record<(typeof driftLabels)[number], string>, one: FeatureDrift) => void,
  ): Promise<void> => {
    for (const { model, version, set, features } of await drift())
      for (const one of features)
        tell({ model, version: String(version), set, feature: one.feature }, one)
  }
  new Gauge({
    name: 'quorum_feature_psi',
    help: 'Population stability index of the newest served rows against the training rows.',
    labelNames: driftLabels,
    registers,
    async collect() {
      this.reset()
      await eachDrift((labels, { psi }) => {
        this.set(labels, psi)
      })
    },
  })
  new Gauge({
    name: 'quorum_feature_drift_state',
    help: 'Drift of a served feature from training: 0 ok, 1 watch, 2 alert.',
    labelNames: driftLabels,
    registers,
    async collect() {
      this.reset()
      await eachDrift((labels, { state }) => {
        this.set(labels, driftStates.indexOf(state))
      })
    },
  })
  return {
    observe(route, method, status, seconds) {
      const labels = { route, method, status: String(status) }
      duration.observe(labels, seconds)
      requests.inc(labels)
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

interface Mismatch {
  readonly set: string
  readonly feature: string
  readonly count: number
}

async function newestMismatches(dataDir: string): Promise<readonly Mismatch[]> {
  const path = join(vectorLogFolder(dataDir), verifyReportFile)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? [] : (JSON.parse(text) as { mismatches: Mismatch[] }).mismatches
}
