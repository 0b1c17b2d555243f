/** /v1/records: the record chain, read only. */
import { z } from 'zod'
import { route } from '../route.ts'

export const recordRoutes = [
  route({
    method: 'get',
    path: '/v1/records',
    tag: 'records',
    summary: 'Records in order',
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
      kind: z.string().optional(),
    }),
    response: z.object({
      records: z.array(
        z.object({
          seq: z.int(),
          at: z.number(),
          kind: z.string(),
          body: z.unknown(),
          hash: z.string(),
        }),
      ),
    }),
    async handle({ records }, { query }) {
      const { after, limit, kind } = query
      const rows = await records.read({ after, limit, ...(kind === undefined ? {} : { kind }) })
      return {
        body: { records: rows.map((row) => ({ ...row, body: JSON.parse(row.body) as unknown })) },
      }
    },
  }),
  route({
    method: 'get',
    path: '/v1/outcomes',
    tag: 'records',
    summary: 'Hit rate and squared error of matured predictions, a row a model version',
    response: z.object({
      outcomes: z.array(
        z.object({
          model: z.string(),
          version: z.int(),
          outcomes: z.int(),
          hitRate: z.number(),
          meanSquaredError: z.number(),
        }),
      ),
    }),
    handle: async ({ registry }) => ({ body: { outcomes: await registry.outcomes.summary() } }),
  }),
]
