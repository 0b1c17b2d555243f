/**
 * Every configuration key with its type, default, doc and what a value must be; the only list. `quorum.yaml.example` shows
 * the same, held equal by a test. A new key is one entry here and one line there.
 */
import { z } from 'zod'

export const profiles = ['development', 'staging', 'production'] as const
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export const runtimes = ['onnx', 'tfjs', 'reference'] as const
export const devices = ['auto', 'cpu', 'webgpu', 'cuda'] as const
export const tfjsBackends = ['cpu', 'wasm', 'tensorflow'] as const

interface KeyMeta extends Record<string, unknown> {
  /** Completes "must be …". */
  readonly expected: string
  readonly doc: string
  /** `whole`: never shown; `password`: a URL shown without its password. */
  readonly secret?: 'whole' | 'password'
}

function key<Schema extends z.ZodType>(schema: Schema, meta: KeyMeta): Schema {
  return schema.meta(meta)
}

const integer = (min: number, max: number, standard: number, doc: string) =>
  key(z.int().min(min).max(max).default(standard), {
    expected: `an integer from ${min} to ${max}`,
    doc,
  })

const choice = <const T extends readonly [string, ...string[]]>(
  values: T,
  standard: T[number],
  doc: string,
) =>
  key(z.enum(values).default(standard as never), { expected: `one of ${values.join(', ')}`, doc })

const amount = (standard: number, doc: string, { above = false } = {}) =>
  key((above ? z.number().positive() : z.number().min(0)).default(standard), {
    expected: above ? 'a number > 0' : 'a number ≥ 0',
    doc,
  })

const share = (standard: number, doc: string) =>
  key(z.number().positive().max(1).default(standard), {
    expected: 'a number > 0 and at most 1',
    doc,
  })

const text = (standard: string, doc: string) =>
  key(z.string().min(1).default(standard), { expected: 'a text that is not empty', doc })

const day = 24 * 3600

export const configSchema = z.strictObject({
  profile: choice(profiles, 'development', 'Which section of `profiles` counts.'),
  dataDir: text('./quorum-data', 'Folder of all state; relative to the working folder.'),
  log: z.strictObject({
    level: choice(logLevels, 'info', 'Least level that is written to stderr.'),
  }),
  server: z.strictObject({
    host: text('127.0.0.1', 'Address to listen on; any other than this one needs a token.'),
    port: integer(0, 65_535, 8_080, 'Port to listen on; 0 takes a free one.'),
    token: key(z.string().min(1).optional(), {
      expected: 'a text that is not empty',
      doc: 'Bearer token that requests must carry.',
      secret: 'whole',
    }),
    bodyLimitBytes: integer(1_024, 2 ** 30, 10 * 2 ** 20, 'Largest request body.'),
  }),
  database: z.strictObject({
    url: key(
      z
        .string()
        .regex(/^postgres(ql)?:\/\//)
        .optional(),
      {
        expected: 'a URL postgres://USER:PASSWORD@HOST:PORT/DATABASE',
        doc: 'PostgreSQL; absent: the embedded database in the data folder.',
        secret: 'password',
      },
    ),
  }),
  worker: z.strictObject({
    concurrency: integer(1, 256, 1, 'Jobs at a time in one worker process.'),
    pollIntervalMs: integer(20, 60_000, 1_000, 'Pause between looks at an empty queue.'),
  }),
  features: z.strictObject({
    log: choice(
      ['none', 'vectors'],
      'none',
      'Whether every feature vector behind a served prediction is kept, for quorum features verify.',
    ),
    drift: z
      .strictObject({
        psiWatch: amount(
          0.1,
          'Population stability index from which a feature is watched; at most psiAlert.',
          { above: true },
        ),
        psiAlert: amount(0.25, 'Population stability index from which a feature is an alert.', {
          above: true,
        }),
        ksLevel: share(
          0.01,
          'Level of the Kolmogorov–Smirnov test over all features together; below it a feature is watched.',
        ),
        missingRise: share(
          0.05,
          'Rise of the share of missing values that is an alert; half of it is watched.',
        ),
        windowRows: integer(
          50,
          100_000,
          500,
          'Newest served rows that drift is measured over; quorum features drift takes as many at least.',
        ),
      })
      .superRefine(({ psiWatch, psiAlert }, context) => {
        if (psiWatch <= psiAlert) return
        const message = `at most features.drift.psiAlert (${psiAlert})`
        context.addIssue({ code: 'custom', path: ['psiWatch'], input: psiWatch, message })
      }),
  }),
  inference: z.strictObject({
    runtime: choice(runtimes, 'onnx', 'What executes networks; reference is slow and exact.'),
    device: choice(
      devices,
      'auto',
      'Where networks predict; auto is cuda where it is there, else cpu.',
    ),
    tfjsBackend: choice(tfjsBackends, 'wasm', 'Where the runtime tfjs runs.'),
  }),
  training: z.strictObject({
    workers: key(z.int().min(1).max(256).optional(), {
      expected: 'an integer from 1 to 256',
      doc: 'Fits at a time in one training, a thread each; absent: the cores of the machine.',
    }),
    device: choice(
      devices,
      'auto',
      'Where networks train; auto is cuda where it is there, else cpu.',
    ),
  }),
  execution: z.strictObject({
    initialCash: amount(100_000, 'Cash a paper account starts with.', { above: true }),
    commissionBps: amount(1, 'Commission, in basis points of the traded value.'),
    slippageBps: amount(2, 'Slippage of a paper fill, in basis points of its price.'),
  }),
  scheduler: z.strictObject({
    tickSeconds: integer(1, day, 60, 'How often schedules are looked at.'),
  }),
})

type DeepReadonly<T> = T extends readonly (infer Element)[]
  ? readonly DeepReadonly<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T

/** The configuration in force: complete, checked and frozen. */
export type Config = DeepReadonly<z.infer<typeof configSchema>>

export type ValueKind = 'string' | 'number' | 'enum'

export interface ConfigKey {
  /** `server.port` */
  readonly path: string
  readonly kind: ValueKind
  /** The environment variable, or several, the first of which wins. */
  readonly env: readonly string[]
  readonly meta: KeyMeta
  readonly default: unknown
}

/** Names from before there was a rule; the rule's own names work too. */
const envAliases: Readonly<Record<string, string>> = {
  dataDir: 'QUORUM_DATA',
  'database.url': 'DATABASE_URL',
}

/** All keys, in the order of the schema. */
export const configKeys: readonly ConfigKey[] = collect(configSchema, [])

/** Sections a key can lie in: `server`, `log` … */
export const configSections: ReadonlySet<string> = new Set(
  configKeys.flatMap(({ path }) =>
    path.includes('.') ? [path.slice(0, path.lastIndexOf('.'))] : [],
  ),
)

function collect(schema: z.ZodType, at: readonly string[]): ConfigKey[] {
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<string, z.ZodType>
    return Object.entries(shape).flatMap(([name, member]) => collect(member, [...at, name]))
  }
  const path = at.join('.')
  const alias = envAliases[path]
  const derived = `QUORUM_${at.map(toEnvName).join('__')}`
  return [
    {
      path,
      kind: kindOf(schema),
      env: alias === undefined ? [derived] : [derived, alias],
      meta: schema.meta() as KeyMeta,
      default: schema.safeParse(undefined).data,
    },
  ]
}

/** `bodyLimitBytes` → `BODY_LIMIT_BYTES` */
function toEnvName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}

function kindOf(schema: z.ZodType): ValueKind {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return kindOf(schema.unwrap() as z.ZodType)
  }
  return schema.type as ValueKind
}
