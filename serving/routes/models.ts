/** /v1/models: versions, artifacts, aliases. */
import { z } from 'zod'
import { unknownName } from '../../core/checks.ts'
import { route } from '../route.ts'
import { versionSchema } from './schemas.ts'

const modelParams = z.object({ model: z.string() })

export const modelRoutes = [
  route({
    method: 'get',
    path: '/v1/models',
    tag: 'models',
    summary: 'All versions of all models, or those with one artifact',
    query: z.strictObject({ artifact: z.string().optional() }),
    response: z.object({ models: z.array(versionSchema) }),
    async handle({ registry }, { query }) {
      const { artifact } = query
      const models =
        artifact === undefined
          ? await registry.models.list()
          : await registry.models.byArtifact(artifact)
      if (artifact !== undefined && models.length === 0) throw unknownName('artifact', artifact, [])
      return { body: { models } }
    },
  }),
  route({
    method: 'get',
    path: '/v1/models/{model}',
    tag: 'models',
    summary: 'All versions of one model',
    params: modelParams,
    response: z.object({ model: z.string(), versions: z.array(versionSchema) }),
    async handle({ registry }, { params }) {
      await registry.models.resolve(params.model)
      return { body: { model: params.model, versions: await registry.models.list(params.model) } }
    },
  }),
  route({
    method: 'get',
    path: '/v1/models/{model}/versions/{version}',
    tag: 'models',
    summary: 'One version with the manifest of its artifact; `version` is a number or an alias',
    params: modelParams.extend({ version: z.string() }),
    response: versionSchema.extend({ manifest: z.unknown() }),
    async handle({ registry, artifacts }, { params }) {
      const version = await registry.models.resolve(params.model, params.version)
      return { body: { ...version, manifest: await artifacts.manifest(version.artifact) } }
    },
  }),
  route({
    method: 'put',
    path: '/v1/models/{model}/aliases/{alias}',
    tag: 'models',
    summary: 'Moves an alias to a version',
    params: modelParams.extend({
      alias: z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, _ -'),
    }),
    body: z.strictObject({ version: z.int().min(1), reason: z.string().min(1).max(500) }),
    response: versionSchema,
    async handle({ registry, records }, { params, body, author }) {
      const move = { ...params, ...body, by: author }
      await records.transaction(async (trx) => {
        await registry.models.moveAlias(trx, move)
        await records.append(trx, [{ kind: 'alias.moved', body: move }])
      })
      return { body: await registry.models.resolve(params.model, params.alias) }
    },
  }),
]
