/** /v1/jobs: runs, as the registry knows them. */
import { z } from 'zod'
import { parseRecipe, runStates } from '../../registry/index.ts'
import { route } from '../route.ts'
import { runSchema } from './schemas.ts'

const runParams = z.object({ id: z.string() })

export const jobRoutes = [
  route({
    method: 'get',
    path: '/v1/jobs',
    tag: 'jobs',
    summary: 'Runs, newest first',
    query: z.strictObject({
      state: z.enum(runStates).optional(),
      model: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
    }),
    response: z.object({ jobs: z.array(runSchema) }),
    async handle({ registry }, { query }) {
      const { state, model, limit } = query
      const jobs = await registry.runs.list({
        limit,
        ...(state === undefined ? {} : { state }),
        ...(model === undefined ? {} : { model }),
      })
      return { body: { jobs } }
    },
  }),
  route({
    method: 'get',
    path: '/v1/jobs/{id}',
    tag: 'jobs',
    summary: 'One run',
    params: runParams,
    response: runSchema,
    handle: async ({ registry }, { params }) => ({ body: await registry.runs.get(params.id) }),
  }),
  route({
    method: 'post',
    path: '/v1/jobs',
    tag: 'jobs',
    summary: 'Enqueues a training: of a model from its newest recipe, or of a recipe',
    body: z.union([
      z.strictObject({ retrain: z.string() }),
      z.strictObject({ recipe: z.record(z.string(), z.unknown()) }),
    ]),
    response: runSchema,
    async handle({ registry }, { body, author }) {
      const recipe =
        'retrain' in body
          ? await registry.models.newestRecipe(body.retrain)
          : parseRecipe(body.recipe)
      const payload = 'retrain' in body ? { retrain: body.retrain, author } : { recipe, author }
      const id = await registry.enqueue('train', payload, { model: recipe.model })
      return { status: 202, body: await registry.runs.get(id) }
    },
  }),
  route({
    method: 'delete',
    path: '/v1/jobs/{id}',
    tag: 'jobs',
    summary: 'Cancels a queued or running run',
    params: runParams,
    response: runSchema,
    handle: async ({ registry }, { params }) => ({
      status: 202,
      body: await registry.runs.cancel(params.id),
    }),
  }),
]
