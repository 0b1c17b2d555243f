/** /v1/schedules: when models are retrained. */
import { z } from 'zod'
import { route } from '../route.ts'
import { scheduleSchema } from './schemas.ts'

const scheduleParams = z.object({ id: z.coerce.number().int() })

export const scheduleRoutes = [
  route({
    method: 'get',
    path: '/v1/schedules',
    tag: 'schedules',
    summary: 'All schedules with their next due time',
    response: z.object({ schedules: z.array(scheduleSchema) }),
    handle: async ({ registry }) => ({ body: { schedules: await registry.schedules.list() } }),
  }),
  route({
    method: 'post',
    path: '/v1/schedules',
    tag: 'schedules',
    summary: 'Adds a schedule, or updates the one with the same model, cron and zone',
    body: z.strictObject({
      model: z.string(),
      cron: z.string(),
      timeZone: z.string().default('UTC'),
      catchUp: z.boolean().default(true),
    }),
    response: scheduleSchema,
    async handle({ registry }, { body }) {
      await registry.models.resolve(body.model)
      return { status: 201, body: await registry.schedules.add(body) }
    },
  }),
  route({
    method: 'delete',
    path: '/v1/schedules/{id}',
    tag: 'schedules',
    summary: 'Removes a schedule',
    params: scheduleParams,
    response: z.object({ removed: z.int() }),
    async handle({ registry }, { params }) {
      await registry.schedules.remove(params.id)
      return { body: { removed: params.id } }
    },
  }),
]
