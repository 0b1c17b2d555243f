/** The HTTP server: the route table, problem details, OpenAPI, metrics, events and the dashboard on one port. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { z } from 'zod'
import { invalid, unknownName } from '../core/checks.ts'
import { asQuorumError, QuorumError } from '../core/errors.ts'
import { packageRoot } from '../core/files.ts'
import type { LatestMoment } from '../execution/index.ts'
import type { ServingContext } from './context.ts'
import { JobEvents } from './job-events.ts'
import { createMetrics } from './metrics.ts'
import { openApi } from './openapi.ts'
import { Predictor } from './predict/predictor.ts'
import { sendProblem } from './problem.ts'
import type { Route, RouteContext } from './route.ts'
import { routes } from './routes/index.ts'
import { serveEvents, type EventHub } from './web-socket.ts'

export interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly token?: string | undefined
  readonly bodyLimitBytes: number
}

export interface QuorumServer {
  readonly url: string
  readonly predictor: Predictor
  /** Starts answering 200 on /v2/health/ready once `probe` resolves. */
  setReadiness(ready: boolean, reason: string): void
  publishMoment(session: string, latest: LatestMoment): void
  /** Takes no new request, waits for those in work. */
  close(): Promise<void>
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/** @throws TOKEN_REQUIRED, PORT_IN_USE */
export async function startServer(
  context: ServingContext,
  options: ServerOptions,
): Promise<QuorumServer> {
  const { host, port, token } = options
  if (!loopback.has(host) && token === undefined) throw new QuorumError('TOKEN_REQUIRED', { host })
  const predictor = new Predictor(context)
  let state = { ready: false, reason: 'it is starting' }
  const routeContext: RouteContext = { ...context, predictor, readiness: () => state }
  const app = createApp(routeContext, options)
  const server = createServer(app)
  // A slow peer may not hold a connection open without sending its request.
  server.requestTimeout = 30_000
  server.headersTimeout = 10_000
  const events: EventHub = serveEvents(server, (request) => authorized(request, token))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new QuorumError('PORT_IN_USE', { host, port }, { cause: error })
          : error,
      )
    })
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  const jobEvents = new JobEvents(context, events)
  jobEvents.start()
  let closing: Promise<void> | undefined
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    predictor,
    setReadiness(ready, reason) {
      state = { ready, reason }
    },
    publishMoment: (session, latest) => events.publish({ type: 'moment', session, ...latest }),
    close() {
      closing ??= (async () => {
        state = { ready: false, reason: 'it is stopping' }
        await jobEvents.stop()
        events.close()
        await new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeIdleConnections()
        })
        await predictor.dispose()
      })()
      return closing
    },
  }
}

function createApp(context: RouteContext, { token, bodyLimitBytes }: ServerOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  const metrics = createMetrics(context, () => context.predictor.drift())
  const document = JSON.stringify(openApi(routes))
  app.use((request, response, next) => {
    const started = performance.now()
    response.on('finish', () => {
      const route = (request.route as { path?: string } | undefined)?.path ?? 'unknown'
      metrics.observe(
        route,
        request.method,
        response.statusCode,
        (performance.now() - started) / 1000,
      )
    })
    next()
  })
  serveDashboard(app)
  app.use((request, _response, next) => {
    const open = routes.some((route) => route.open === true && route.path === request.path)
    if (open || authorized(request, token)) next()
    else throw new QuorumError('UNAUTHORIZED', {})
  })
  app.get('/openapi.json', (_request, response) => {
    response.type('application/json').send(document)
  })
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text())
  })
  const readBody = express.json({ limit: bodyLimitBytes, strict: false, type: () => true })
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    const handlers = route.body === undefined ? [] : [readBody]
    app[route.method](path, ...handlers, (request, response) =>
      answer(context, route, request, response),
    )
  }
  app.use((request: Request) => {
    const allowed = routes
      .filter((route) => matches(route.path, request.path))
      .map((route) => route.method.toUpperCase())
    if (allowed.length === 0) {
      throw unknownName('path', request.path, [...new Set(routes.map((route) => route.path))])
    }
    const { method, path } = request
    throw new QuorumError('METHOD_NOT_ALLOWED', { method, path, allowed: allowed.join(', ') })
  })
  // Express knows an error handler by its four parameters.
  app.use((thrown: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const error = fromHttp(thrown, bodyLimitBytes)
    if (error.status >= 500 && error.code !== 'NOT_READY')
      context.log.error({ err: thrown }, error.message)
    if (response.headersSent) response.destroy()
    else sendProblem(response, error)
  })
  return app
}

async function answer(
  context: RouteContext,
  route: Route,
  request: Request,
  response: Response,
): Promise<void> {
  const reply = await route.handle(context, {
    params: parse(route.params, request.params, 'path') as Record<string, string>,
    query: parse(route.query, request.query, 'query') as Record<string, unknown>,
    body: route.body === undefined ? undefined : parse(route.body, request.body, 'body'),
    author: `http:${request.socket.remoteAddress ?? 'unknown'}`,
  })
  response.status(reply.status ?? 200).json(reply.body)
}

function parse(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) {
    const [key] = Object.keys(value ?? {})
    if (key !== undefined && where === 'query') throw unknownName('query parameter', key, [])
    return value
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const path = [where, ...issue.path].join('.')
  if (issue.code === 'unrecognized_keys') {
    const shape = 'shape' in schema ? Object.keys(schema.shape as object) : []
    throw unknownName(`key of ${path}`, issue.keys[0]!, shape)
  }
  const offending = issue.path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
  throw invalid(path, issue.message, offending)
}

function fromHttp(thrown: unknown, limitBytes: number): QuorumError {
  const { type, message } = thrown as { type?: string; message?: string }
  if (type === 'entity.too.large')
    return new QuorumError('BODY_TOO_LARGE', { limitBytes }, { cause: thrown })
  if (
    type?.startsWith('entity.') === true ||
    type === 'encoding.unsupported' ||
    type === 'charset.unsupported'
  ) {
    return new QuorumError('BODY_NOT_JSON', { reason: message ?? 'unreadable' }, { cause: thrown })
  }
  return asQuorumError(thrown)
}

function authorized(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true
  const url = new URL(request.url ?? '/', 'http://localhost')
  // A browser cannot set headers on a WebSocket, so /ws also takes the token as a parameter.
  const given =
    request.headers.authorization?.replace(/^Bearer /, '') ??
    (url.pathname === '/ws' ? url.searchParams.get('token') : null)
  if (given === null) return false
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
}

function serveDashboard(app: Express): void {
  const require = createRequire(import.meta.url)
  const pages = join(packageRoot, 'serving/dashboard')
  const scripts = join(packageRoot, 'dist/serving/dashboard')
  const chart = dirname(require.resolve('uplot/dist/uPlot.esm.js'))
  app.get('/', (_request, response) => {
    response.sendFile(join(pages, 'index.html'))
  })
  app.use('/assets/uplot', express.static(chart, { index: false }))
  app.use(
    '/assets',
    express.static(scripts, { index: false }),
    express.static(pages, { index: false, extensions: [] }),
  )
}
