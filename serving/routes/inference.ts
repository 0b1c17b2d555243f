/**
 * /v2: the Open Inference Protocol, version 2 (KServe), JSON form: health, metadata, infer.
 * Source: https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md
 */
import { z } from 'zod'
import { check, invalid } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { codeVersion } from '../../models/index.ts'
import type { Version } from '../../registry/index.ts'
import type { TensorShape } from '../predict/predictor.ts'
import { route, type RouteContext, type RouteReply } from '../route.ts'

const modelParams = z.object({ model: z.string() })
const versionParams = modelParams.extend({ version: z.string() })

const tensorMetadata = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })
const modelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensorMetadata),
  outputs: z.array(tensorMetadata),
  parameters: z.record(z.string(), z.unknown()),
})

const inferRequest = z.strictObject({
  id: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  inputs: z
    .array(
      z.strictObject({
        name: z.string(),
        shape: z.array(z.int().min(0)),
        datatype: z.string(),
        parameters: z.record(z.string(), z.unknown()).optional(),
        data: z.array(z.unknown()),
      }),
    )
    .min(1),
  outputs: z
    .array(
      z.strictObject({
        name: z.string(),
        parameters: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
})

const inferResponse = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  outputs: z.array(tensorMetadata.extend({ data: z.array(z.number()) })),
})

interface Output {
  readonly name:
    'prediction' | 'direction' | 'strength' | 'confidence' | 'probability' | 'quantiles'
  readonly datatype: 'FP64' | 'INT32'
  readonly columns: number
}

/** What a version gives: four outputs always, probabilities and quantiles where its members have such heads. */
function outputsOf({ probability, levels }: TensorShape): Output[] {
  return [
    { name: 'prediction', datatype: 'FP64', columns: 1 },
    { name: 'direction', datatype: 'INT32', columns: 1 },
    { name: 'strength', datatype: 'FP64', columns: 1 },
    { name: 'confidence', datatype: 'FP64', columns: 1 },
    ...(probability ? [{ name: 'probability', datatype: 'FP64', columns: 3 } as const] : []),
    ...(levels ? [{ name: 'quantiles', datatype: 'FP64', columns: levels.length } as const] : []),
  ]
}

export const inferenceRoutes = [
  route({
    method: 'get',
    path: '/v2/health/live',
    tag: 'inference',
    summary: 'The process answers',
    open: true,
    response: z.object({ live: z.boolean() }),
    handle: () => Promise.resolve({ body: { live: true } }),
  }),
  route({
    method: 'get',
    path: '/v2/health/ready',
    tag: 'inference',
    summary: 'A prediction works',
    open: true,
    response: z.object({ ready: z.boolean() }),
    handle({ readiness }) {
      const { ready, reason } = readiness()
      if (!ready) throw new QuorumError('NOT_READY', { subject: 'The server', reason })
      return Promise.resolve({ body: { ready } })
    },
  }),
  route({
    method: 'get',
    path: '/v2',
    tag: 'inference',
    summary: 'Server metadata',
    response: z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
    handle: () =>
      Promise.resolve({ body: { name: 'quorum', version: codeVersion, extensions: [] } }),
  }),
  ...[modelParams, versionParams].flatMap((params) => {
    const versioned = params === versionParams
    const base = versioned ? '/v2/models/{model}/versions/{version}' : '/v2/models/{model}'
    const which = versioned ? 'one version' : 'the champion, else the newest version'
    const find = async (
      { predictor }: RouteContext,
      request: { params: Record<string, string> },
    ): Promise<Version> => {
      const { model, version } = request.params
      return (await predictor.resolve(model!, version)).version
    }
    return [
      route({
        method: 'get',
        path: base,
        tag: 'inference',
        summary: `Metadata of ${which}`,
        params,
        response: modelMetadata,
        handle: async (context, request) => metadata(context, await find(context, request)),
      }),
      route({
        method: 'get',
        path: `${base}/ready`,
        tag: 'inference',
        summary: `Whether ${which} can predict: its artifact is loaded and checked`,
        params,
        response: z.object({ name: z.string(), ready: z.boolean() }),
        async handle(context, request) {
          const version = await find(context, request)
          await context.predictor.shape(version)
          return { body: { name: version.model, ready: true } }
        },
      }),
      route({
        method: 'post',
        path: `${base}/infer`,
        tag: 'inference',
        summary: `Predicts from raw tensors with ${which}`,
        params,
        body: inferRequest,
        response: inferResponse,
        handle: async (context, request) =>
          infer(context, await find(context, request), request.body),
      }),
    ]
  }),
]

async function metadata(
  { predictor, registry }: RouteContext,
  version: Version,
): Promise<RouteReply> {
  const shape = await predictor.shape(version)
  const { window, features, members, levels } = shape
  const versions = await registry.models.list(version.model)
  return {
    body: {
      name: version.model,
      versions: versions.map((one) => String(one.version)),
      platform: 'quorum',
      inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, window, features.length] }],
      outputs: outputsOf(shape).map(({ name, datatype, columns }) => ({
        name,
        datatype,
        shape: [-1, columns],
      })),
      parameters: {
        ...{ version: version.version, artifact: version.artifact, features, members },
        ...(levels && { quantiles: levels }),
      },
    },
  }
}

async function infer(
  { predictor }: RouteContext,
  version: Version,
  request: z.infer<typeof inferRequest>,
): Promise<RouteReply> {
  const shape = await predictor.shape(version)
  const { window, features } = shape
  const outputs = outputsOf(shape)
  const input = request.inputs.find((one) => one.name === 'features')
  const names = request.inputs.map((one) => one.name).join(', ')
  check(
    input !== undefined && request.inputs.length === 1,
    'inputs',
    'the one tensor "features"',
    names,
  )
  check(
    input.datatype === 'FP32' || input.datatype === 'FP64',
    'datatype of features',
    'FP32 or FP64',
    input.datatype,
  )
  const [batch, ...rest] = input.shape
  const expected = `[batch, ${window}, ${features.length}]`
  const fits = rest.length === 2 && rest[0] === window && rest[1] === features.length
  check(
    fits,
    'shape of features',
    expected,
    input.shape,
    `Features in order: ${features.join(', ')}.`,
  )
  const cells = batch! * window * features.length
  const X = toFloat32(input.data, cells)
  const wanted =
    request.outputs?.map((output) => output.name) ?? outputs.map((output) => output.name)
  const result = await predictor.byTensor(version, X, batch!)
  return {
    body: {
      model_name: version.model,
      model_version: String(version.version),
      ...(request.id === undefined ? {} : { id: request.id }),
      outputs: wanted.map((name) => {
        const output = outputs.find((one) => one.name === name)
        if (output === undefined)
          throw invalid('outputs', outputs.map((one) => one.name).join(', '), name)
        const { datatype, columns } = output
        return { name, datatype, shape: [batch!, columns], data: Array.from(result[output.name]!) }
      }),
    },
  }
}

/** Flat or nested data, row-major; every element a finite number. */
function toFloat32(data: readonly unknown[], cells: number): Float32Array {
  const flat: readonly unknown[] = Array.isArray(data[0]) ? data.flat(2) : data
  check(
    flat.length === cells,
    'data of features',
    `${cells} numbers, as the shape says`,
    flat.length,
  )
  const X = new Float32Array(cells)
  for (let i = 0; i < cells; i++) {
    const value = flat[i]
    if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) {
      throw new QuorumError('NOT_FINITE', { name: 'features', value: String(value), row: i })
    }
    X[i] = value
  }
  return X
}
