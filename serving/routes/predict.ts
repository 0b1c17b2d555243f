/** POST /v1/predict: signals by symbol, from the features the server holds. */
import { z } from 'zod'
import { route } from '../route.ts'
import { signalSchema } from './schemas.ts'

export const predictRoutes = [
  route({
    method: 'post',
    path: '/v1/predict',
    tag: 'predict',
    summary: 'The consensus of a model for symbols, on the newest stored bar of each',
    body: z.strictObject({
      model: z.string(),
      /** A version number or an alias; default the champion, else the newest. */
      version: z.union([z.int().min(1), z.string()]).optional(),
      /** Default all symbols the model was trained on. */
      symbols: z.array(z.string().min(1)).min(1).max(1_000).optional(),
    }),
    response: z.object({
      model: z.string(),
      version: z.int(),
      artifact: z.string(),
      signals: z.array(signalSchema),
    }),
    async handle({ predictor }, { body }) {
      const { version, symbols } = await predictor.resolve(body.model, body.version)
      const asked = [...new Set(body.symbols ?? symbols)]
      const signals = await predictor.bySymbol(version, asked)
      return {
        body: {
          model: version.model,
          version: version.version,
          artifact: version.artifact,
          signals,
        },
      }
    },
  }),
]
