/** /metrics in Prometheus' text form: requests by route, predictions, the process. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ServingContext } from './context.ts'

export interface Metrics {
  observe(route: string, method: string, status: number, seconds: number): void
  text(): Promise<string>
  readonly contentType: string
}

export function createMetrics({ registry: platform }: ServingContext): Metrics {
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
