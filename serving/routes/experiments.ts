/** /v1/experiments: paired sessions, their result so far and their equity curves. */
import { z } from 'zod'
import { engineCommands, experimentResult } from '../../execution/index.ts'
import { route } from '../route.ts'
import { experimentSchema, signalSchema } from './schemas.ts'

const sessionParams = z.object({ id: z.string() })
const summarySchema = experimentSchema.extend({
  name: z.string(),
  symbols: z.array(z.string()),
  cursor: z.number().nullable(),
  createdAt: z.number(),
  latest: z
    .object({
      time: z.number(),
      arms: z.array(
        z.object({
          arm: z.string(),
          version: z.int(),
          equity: z.number(),
          netReturn: z.number(),
          signals: z.array(signalSchema),
        }),
      ),
    })
    .nullable(),
})

export const experimentRoutes = [
  route({
    method: 'get',
    path: '/v1/experiments',
    tag: 'experiments',
    summary: 'Experiments, newest first, with their results so far',
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(20) }),
    response: z.object({ experiments: z.array(summarySchema.omit({ latest: true })) }),
    async handle({ sessions }, { query }) {
      const rows = await sessions.list(query)
      const experiments = rows.map((row) => ({
        ...experimentResult(row),
        name: row.spec.name,
        symbols: row.spec.symbols,
        cursor: row.cursor,
        createdAt: row.createdAt,
      }))
      return { body: { experiments } }
    },
  }),
  route({
    method: 'get',
    path: '/v1/experiments/{id}',
    tag: 'experiments',
    summary: 'One experiment with its latest signals',
    params: sessionParams,
    response: summarySchema,
    async handle({ sessions }, { params }) {
      const row = await sessions.get(params.id)
      const { name, symbols } = row.spec
      const { cursor, createdAt, latest } = row
      return { body: { ...experimentResult(row), name, symbols, cursor, createdAt, latest } }
    },
  }),
  route({
    method: 'get',
    path: '/v1/experiments/{id}/equity',
    tag: 'experiments',
    summary: 'Equity of each arm over time, thinned to about `points` moments',
    params: sessionParams,
    query: z.strictObject({
      points: z.coerce.number().int().min(2).max(20_000).default(1_000),
      after: z.coerce.number().default(0),
    }),
    response: z.object({
      equity: z.array(z.object({ arm: z.string(), time: z.number(), equity: z.number() })),
    }),
    async handle({ sessions }, { params, query }) {
      await sessions.get(params.id)
      return { body: { equity: await sessions.equity(params.id, query) } }
    },
  }),
  route({
    method: 'post',
    path: '/v1/experiments/{id}/commands',
    tag: 'experiments',
    summary: 'halt (no new entries), resume, flatten (close all positions) or stop',
    params: sessionParams,
    body: z.strictObject({ command: z.enum([...engineCommands, 'stop']) }),
    response: z.object({ id: z.string(), command: z.string() }),
    async handle({ sessions }, { params, body, author }) {
      await sessions.command(params.id, body.command, author)
      return { status: 202, body: { id: params.id, command: body.command } }
    },
  }),
]
