/** Serving: HTTP, events, metrics and the dashboard. */
export type { ServingContext } from './context.ts'
export { openApi } from './openapi.ts'
export { Predictor } from './predict/predictor.ts'
export { routes } from './routes/index.ts'
export { startServer, type QuorumServer, type ServerOptions } from './server.ts'
