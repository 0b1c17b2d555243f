/** A route is data: the server, the OpenAPI document and the method check all come from the one table of them. */
import type { z } from 'zod'
import type { ServingContext } from './context.ts'
import type { Predictor } from './predict/predictor.ts'

export interface RouteContext extends ServingContext {
  readonly predictor: Predictor
  /** Whether a prediction works, and if not why. */
  readonly readiness: () => { ready: boolean; reason: string }
}

export interface RouteRequest<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Who asks, for records: `http:` and the caller's address. */
  readonly author: string
}

export interface RouteReply {
  readonly status?: number
  readonly body: unknown
}

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** With `{name}` for parameters, as in OpenAPI. */
  readonly path: string
  readonly summary: string
  readonly tag: string
  /** Served without a token, for probes. */
  readonly open?: boolean
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  readonly response: z.ZodType
  readonly handle: (
    context: RouteContext,
    request: RouteRequest<Record<string, string>, Record<string, unknown>, unknown>,
  ) => Promise<RouteReply>
}

/** Builds a route whose handler sees the types of its own schemas. */
export function route<
  Params extends z.ZodObject = z.ZodObject<Record<string, never>>,
  Query extends z.ZodObject = z.ZodObject<Record<string, never>>,
  Body extends z.ZodType = z.ZodUndefined,
>(
  definition: Omit<Route, 'params' | 'query' | 'body' | 'handle'> & {
    readonly params?: Params
    readonly query?: Query
    readonly body?: Body
    readonly handle: (
      context: RouteContext,
      request: RouteRequest<z.infer<Params>, z.infer<Query>, z.infer<Body>>,
    ) => Promise<RouteReply>
  },
): Route {
  return definition as unknown as Route
}
