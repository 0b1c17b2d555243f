/** The OpenAPI 3.1 document, made from the route table, so that it cannot differ from what is served. */
import { z } from 'zod'
import type { Json } from '../core/canonical-json.ts'
import { codeVersion } from '../models/index.ts'
import type { Route } from './route.ts'

type JsonObject = Record<string, Json>

export function openApi(routes: readonly Route[]): JsonObject {
  const paths: Record<string, JsonObject> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Quorum',
      version: codeVersion,
      description:
        'Predictions, models, jobs, schedules and paper experiments. Errors are RFC 9457 problem details.',
    },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Problem: schemaOf(
          z.object({
            type: z.string(),
            title: z.string(),
            status: z.int(),
            detail: z.string(),
            code: z.string(),
            details: z.record(z.string(), z.unknown()).optional(),
          }),
        ),
      },
    },
    security: [{ token: [] }, {}],
  }
}

function operation(route: Route): JsonObject {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')]
  return {
    summary: route.summary,
    tags: [route.tag],
    ...(route.open === true ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }),
    responses: {
      '2XX': {
        description: 'Done',
        content: { 'application/json': { schema: schemaOf(route.response) } },
      },
      default: {
        description: 'What was wrong, with which value, and what to do',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  }
}

function parametersOf(schema: z.ZodObject | undefined, where: 'path' | 'query'): JsonObject[] {
  if (schema === undefined) return []
  const { properties, required } = schemaOf(schema, 'input') as {
    properties: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || (required ?? []).includes(name),
    schema: property,
  }))
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest as JsonObject
}
