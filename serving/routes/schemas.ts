/** Shapes that several routes answer with. */
import { z } from 'zod'

const direction = z.union([z.literal(-1), z.literal(0), z.literal(1)])

export const signalSchema = z.object({
  symbol: z.string(),
  time: z.number(),
  direction,
  strength: z.number(),
  confidence: z.number(),
  interval: z.tuple([z.number(), z.number()]).optional(),
  intervalLevels: z.tuple([z.number(), z.number()]).optional(),
  votes: z.array(
    z.object({
      model: z.string(),
      version: z.int(),
      artifact: z.string(),
      prediction: z.number().nullable(),
      direction,
      weight: z.number(),
      probability: z.tuple([z.number(), z.number(), z.number()]).optional(),
      reason: z.string().optional(),
    }),
  ),
  agreeing: z.int(),
  voters: z.int(),
  held: z.string().optional(),
  /** Distance to the nearest training row over the training's mean distance. */
  dissimilarity: z.number().optional(),
  /** Present where the features are farther from the training's than nearly all of these from each other. */
  outOfDistribution: z.literal(true).optional(),
})

const position = { done: z.number(), total: z.number() }
const losses = { trainLoss: z.number().optional(), validationLoss: z.number().optional() }

export const versionSchema = z.object({
  model: z.string(),
  version: z.int(),
  artifact: z.string(),
  runId: z.string(),
  parent: z.int().nullable(),
  trials: z.int(),
  author: z.string(),
  members: z.array(z.object({ model: z.string(), version: z.int(), artifact: z.string() })),
  metrics: z.record(z.string(), z.number().nullable()),
  timing: z
    .object({
      startedAt: z.number(),
      seconds: z.number(),
      rowsPerSecond: z.number().nullable(),
      resumedFrom: z.object({ ...position, unit: z.string() }).nullable(),
    })
    .nullable(),
  createdAt: z.number(),
  aliases: z.array(z.string()),
})

export const runSchema = z.object({
  id: z.string(),
  kind: z.string(),
  mode: z.string(),
  model: z.string().nullable(),
  state: z.string(),
  attempt: z.int(),
  progress: z
    .object({
      stage: z.string(),
      ...position,
      unit: z.string().optional(),
      detail: z.string().optional(),
      ...losses,
      rowsPerSecond: z.number().optional(),
      secondsLeft: z.number().optional(),
      fits: z
        .array(z.object({ name: z.string(), ...position, unit: z.string(), ...losses }))
        .optional(),
    })
    .nullable(),
  cancelRequested: z.boolean(),
  result: z.unknown(),
  error: z
    .object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()) })
    .nullable(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
})

export const experimentSchema = z.object({
  id: z.string(),
  state: z.string(),
  bars: z.int(),
  arms: z.array(
    z.object({
      arm: z.string(),
      model: z.string(),
      version: z.int(),
      netReturn: z.number(),
      sharpe: z.number().nullable(),
      maxDrawdown: z.number(),
      trades: z.int(),
      costs: z.number(),
      equity: z.number(),
    }),
  ),
  difference: z.object({
    mean: z.number(),
    lower: z.number().nullable(),
    upper: z.number().nullable(),
  }),
  decision: z.string(),
  reason: z.string(),
  inSample: z.boolean(),
  profile: z.string(),
  costs: z.object({ commissionBps: z.number(), slippageBps: z.number() }),
  alpha: z.number(),
})

export const scheduleSchema = z.object({
  id: z.int(),
  model: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  catchUp: z.boolean(),
  enabled: z.boolean(),
  lastDue: z.number(),
  nextDue: z.number(),
})
