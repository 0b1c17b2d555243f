/**
 * Loading the configuration: defaults < `quorum.yaml` < its section of the profile < environment (`.env` below the real one)
 * < flags. Validated once, then deep-frozen; every key knows where its value comes from.
 */
import { resolve } from 'node:path'
import { QuorumError } from '../errors.ts'
import { configKeys, configSchema, profiles, type Config, type ConfigKey } from './schema.ts'
import { readConfigFile, readEnvironment, readFlags, type Given } from './sources.ts'

export interface LoadedConfig {
  readonly config: Config
  /** Path of a key → `default`, `file …`, `profile …`, `env NAME`, `flag --x`. */
  readonly sources: Readonly<Record<string, string>>
}

export interface LoadConfigOptions {
  /** By the path of the key: `{ 'server.port': '8080', dataDir: undefined }`; text is read as the key's type. */
  readonly flags?: Readonly<Record<string, unknown>>
  /** `--profile`. */
  readonly profile?: string | undefined
  /** `--config`; must exist. Default: QUORUM_CONFIG, else `quorum.yaml` in `cwd`, if there is one. */
  readonly configFile?: string | undefined
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

/**
 * @throws CONFIG_UNKNOWN_KEY with the nearest key, CONFIG_UNREADABLE with the line, INVALID_VALUE with key, value and source.
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<LoadedConfig> {
  const { flags = {}, env = process.env, cwd = process.cwd() } = options
  const environment = await readEnvironment(env, cwd)
  const file = await readConfigFile(options.configFile ?? environment.configFile, cwd)
  const flagValues = readFlags({
    ...flags,
    ...(options.profile ? { profile: options.profile } : {}),
  })
  const outside = [...environment.values, ...flagValues]
  const profile = [...file.base, ...outside].findLast(({ path }) => path === 'profile')?.value
  const section =
    typeof profile === 'string'
      ? (file.profiles[profile] ?? [])
      : (file.profiles[profiles[0]] ?? [])
  const given = new Map<string, Given>()
  for (const entry of [...file.base, ...section, ...outside]) given.set(entry.path, entry)
  const config = parse(given)
  const sources = Object.fromEntries(
    configKeys.map(({ path }) => [path, given.get(path)?.source ?? 'default']),
  )
  return deepFreeze({ config: { ...config, dataDir: resolve(cwd, config.dataDir) }, sources })
}

function parse(given: ReadonlyMap<string, Given>): Config {
  const nested: Record<string, unknown> = {}
  for (const { path } of configKeys) {
    let section = nested
    const parts = path.split('.')
    for (const part of parts.slice(0, -1))
      section = (section[part] ??= {}) as Record<string, unknown>
    const value = given.get(path)
    if (value) section[parts.at(-1)!] = value.value
  }
  const result = configSchema.safeParse(nested)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const path = issue.path.join('.')
  const key = configKeys.find((known) => known.path === path)!
  // Two keys that do not fit each other are told of one of them, which may have its default.
  const expected = issue.code === 'custom' ? issue.message : key.meta.expected
  const found = given.get(path) ?? { path, value: key.default, source: 'the defaults' }
  throw invalidValue(key, found, expected)
}

function invalidValue(key: ConfigKey, { value, source }: Given, expected: string): QuorumError {
  const shown = key.meta.secret ? '[redacted]' : JSON.stringify(value)
  return new QuorumError('INVALID_VALUE', {
    ...{ name: key.path, expected, value: shown },
    remedy: `It comes from ${source}.`,
  })
}

/** What `quorum config` shows: every key, its value and its source, without secrets. */
export function describeConfig({
  config,
  sources,
}: LoadedConfig): { key: string; value: unknown; source: string; doc: string }[] {
  return configKeys.map(({ path, meta }) => {
    const value = path
      .split('.')
      .reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], config)
    const shown = value === undefined ? null : conceal(meta.secret, value)
    return { key: path, value: shown, source: sources[path]!, doc: meta.doc }
  })
}

function conceal(secret: ConfigKey['meta']['secret'], value: unknown): unknown {
  if (secret === undefined || typeof value !== 'string') return value
  if (secret === 'whole') return '[redacted]'
  // A password may hold an @ itself: everything up to the last one counts.
  return value
    .replace(/(:\/\/[^:@/?#]*):.*@/, '$1:[redacted]@')
    .replace(/([?&]password=)[^&]*/gi, '$1[redacted]')
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value) as unknown[]) {
    if (typeof member === 'object' && member !== null) deepFreeze(member)
  }
  return Object.freeze(value)
}
