/** Configuration: order of the sources, errors that name key, value and source, and the example file. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  configKeys,
  describeConfig,
  loadConfig,
  type LoadConfigOptions,
} from '../../../core/config/index.ts'
import { packageRoot } from '../../../core/files.ts'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'quorum-config-'))
})
afterEach(() => rm(cwd, { recursive: true, force: true }))

const load = (options: LoadConfigOptions = {}) => loadConfig({ env: {}, cwd, ...options })
const yaml = (text: string) => writeFile(join(cwd, 'quorum.yaml'), text)

describe('order', () => {
  it('starts from the defaults', async () => {
    const { config, sources } = await load()
    expect(config).toStrictEqual({
      profile: 'development',
      dataDir: join(cwd, 'quorum-data'),
      log: { level: 'info' },
      server: { host: '127.0.0.1', port: 8080, bodyLimitBytes: 10 * 1024 * 1024 },
      database: {},
      worker: { concurrency: 1, pollIntervalMs: 1000 },
      features: {
        log: 'none',
        drift: {
          ...{ psiWatch: 0.1, psiAlert: 0.25, ksLevel: 0.01, missingRise: 0.05 },
          windowRows: 500,
        },
      },
      inference: { runtime: 'onnx', device: 'auto', tfjsBackend: 'wasm' },
      training: { device: 'auto' },
      execution: { initialCash: 100000, commissionBps: 1, slippageBps: 2 },
      scheduler: { tickSeconds: 60 },
    })
    expect(new Set(Object.values(sources))).toStrictEqual(new Set(['default']))
    expect(Object.keys(sources)).toStrictEqual(configKeys.map(({ path }) => path))
  })

  it('lets each source win over the one before it', async () => {
    const port = async (options: LoadConfigOptions) => {
      const { config, sources } = await load(options)
      return [config.server.port, sources['server.port']]
    }
    await yaml('server:\n  port: 1\n')
    expect(await port({})).toStrictEqual([1, 'file quorum.yaml, line 2'])
    await yaml('server:\n  port: 1\nprofiles:\n  production:\n    server: { port: 2 }\n')
    expect(await port({})).toStrictEqual([1, 'file quorum.yaml, line 2'])
    expect(await port({ profile: 'production' })).toStrictEqual([
      2,
      'profile production, file quorum.yaml, line 5',
    ])
    await writeFile(join(cwd, '.env'), 'QUORUM_SERVER__PORT=3\nOTHER=x\n')
    expect(await port({ profile: 'production' })).toStrictEqual([
      3,
      'env QUORUM_SERVER__PORT (.env)',
    ])
    const env = { QUORUM_SERVER__PORT: '4' }
    expect(await port({ env })).toStrictEqual([4, 'env QUORUM_SERVER__PORT'])
    expect(await port({ env: { QUORUM_SERVER__PORT: '' } })).toStrictEqual([
      3,
      'env QUORUM_SERVER__PORT (.env)',
    ])
    const flags = { 'server.port': '5', 'server.host': undefined }
    expect(await port({ env, flags })).toStrictEqual([5, 'flag --port'])
  })

  it.each<[string, LoadConfigOptions, string]>([
    ['the flag', { profile: 'staging', env: { QUORUM_PROFILE: 'production' } }, 'staging'],
    ['the environment', { env: { QUORUM_PROFILE: 'staging' } }, 'staging'],
    ['the file', {}, 'production'],
  ])('takes the profile from %s', async (_, options, expected) => {
    await yaml(
      'profile: production\nprofiles:\n  production: { worker: { pollIntervalMs: 1100 } }\n  staging: { worker: { pollIntervalMs: 2200 } }\n',
    )
    const { config } = await load(options)
    expect(config.profile).toBe(expected)
    expect(config.worker.pollIntervalMs).toBe(expected === 'staging' ? 2200 : 1100)
  })

  it('uses the development section when nothing names a profile', async () => {
    await yaml('profiles:\n  development: { worker: { pollIntervalMs: 700 } }\n')
    expect((await load()).config.worker.pollIntervalMs).toBe(700)
  })

  it('reads the two names from outside our rule', async () => {
    const { config, sources } = await load({
      env: { QUORUM_DATA: 'state', DATABASE_URL: 'postgres://h/d' },
    })
    expect(config.dataDir).toBe(join(cwd, 'state'))
    expect(config.database.url).toBe('postgres://h/d')
    expect(sources['database.url']).toBe('env DATABASE_URL')
    const both = { DATABASE_URL: 'postgres://a/d', QUORUM_DATABASE__URL: 'postgres://b/d' }
    expect((await load({ env: both })).config.database.url).toBe('postgres://b/d')
  })

  it('reads another file by flag or by environment', async () => {
    await yaml('worker: { pollIntervalMs: 100 }')
    await writeFile(join(cwd, 'other.yaml'), 'worker: { pollIntervalMs: 200 }')
    expect((await load({ configFile: 'other.yaml' })).config.worker.pollIntervalMs).toBe(200)
    expect(
      (await load({ env: { QUORUM_CONFIG: join(cwd, 'other.yaml') } })).config.worker
        .pollIntervalMs,
    ).toBe(200)
  })

  it('treats a key without a value as one that is not set, and an empty file as none', async () => {
    await yaml('server:\n  token:\nlog:\nprofiles:\n')
    expect((await load()).config.server.token).toBeUndefined()
    await yaml('# nothing\n')
    expect((await load()).config.profile).toBe('development')
  })

  it('reads numbers from text', async () => {
    const { config } = await load({
      env: { QUORUM_EXECUTION__SLIPPAGE_BPS: '0.5' },
      flags: { 'worker.concurrency': 3 },
    })
    expect(config.execution.slippageBps).toBe(0.5)
    expect(config.worker.concurrency).toBe(3)
  })

  it('freezes all of it', async () => {
    const { config } = await load()
    expect(() => Object.assign(config.server, { port: 1 })).toThrow(TypeError)
    expect(() => Object.assign(config, { dataDir: 'x' })).toThrow(TypeError)
  })
})

describe('errors', () => {
  it.each<[string, string, string, string]>([
    ['a key', 'dataDri: x', 'dataDri', 'dataDir'],
    ['a key of a section', 'log:\n  level: info\nserver:\n  prot: 1', 'server.prot', 'server.port'],
    ['a section', 'serve:\n  port: 1', 'serve', 'server'],
    [
      'a key of a profile that is not in force',
      'profiles:\n  staging:\n    server:\n      hots: x',
      'server.hots',
      'server.host',
    ],
    ['a profile', 'profiles:\n  prod: {}', 'profiles.prod', 'profiles.production'],
    [
      'a profile inside a profile',
      'profiles:\n  staging:\n    profile: production',
      'profiles.staging.profile',
      'profile',
    ],
  ])('name an unknown %s of the file', async (_, text, key, nearest) => {
    await yaml(text)
    const error = await load().catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY',
      exitCode: 2,
      details: { key, nearest },
    })
    expect((error as Error).message).toMatch(/in (profile \w+, )?file quorum\.yaml, line \d/)
  })

  it('name an unknown variable, except those of tests', async () => {
    await expect(load({ env: { QUORUM_SERVER__PROT: '1' } })).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY',
      details: {
        key: 'QUORUM_SERVER__PROT',
        nearest: 'QUORUM_SERVER__PORT',
        source: 'the environment',
      },
    })
    await load({ env: { QUORUM_TEST_ANYTHING: '1', UNRELATED: 'x' } })
    await writeFile(join(cwd, '.env'), 'QUORUM_DTA=x\n')
    await expect(load()).rejects.toMatchObject({
      details: { nearest: 'QUORUM_DATA', source: '.env' },
    })
  })

  it('name an unknown flag', async () => {
    await expect(load({ flags: { 'server.prt': 1 } })).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY',
      details: { nearest: 'server.port' },
    })
  })

  it.each<[string, LoadConfigOptions, string, string]>([
    ['text for a number', { env: { QUORUM_SERVER__PORT: '80a' } }, 'server.port', '"80a"'],
    ['a fraction for an integer', { env: { QUORUM_SERVER__PORT: '80.5' } }, 'server.port', '80.5'],
    ['hexadecimal', { env: { QUORUM_SERVER__PORT: '0x50' } }, 'server.port', '"0x50"'],
    ['a port out of range', { flags: { 'server.port': 65536 } }, 'server.port', '65536'],
    ['a level that is none', { env: { QUORUM_LOG__LEVEL: 'loud' } }, 'log.level', '"loud"'],
    ['a profile that is none', { profile: 'prod' }, 'profile', '"prod"'],
    ['a list for a text', { flags: { 'server.host': ['a', 1] } }, 'server.host', '["a",1]'],
    ['no cash', { env: { QUORUM_EXECUTION__INITIAL_CASH: '0' } }, 'execution.initialCash', '0'],
  ])('refuse %s', async (_, options, name, value) => {
    await expect(load(options)).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      exitCode: 2,
      details: { name, value },
    })
  })

  it.each<[string, string]>([
    [
      'psiWatch: 0.4, psiAlert: 0.3',
      'features.drift.psiWatch must be at most features.drift.psiAlert (0.3), got 0.4. It comes from file quorum.yaml, line 1.',
    ],
    [
      'psiAlert: 0.05',
      'features.drift.psiWatch must be at most features.drift.psiAlert (0.05), got 0.1. It comes from the defaults.',
    ],
    ['ksLevel: 0', 'features.drift.ksLevel must be a number > 0 and at most 1, got 0.'],
    ['missingRise: 5', 'features.drift.missingRise must be a number > 0 and at most 1, got 5.'],
    ['windowRows: 10', 'features.drift.windowRows must be an integer from 50 to 100000, got 10.'],
  ])('refuse limits of drift that mean nothing: %s', async (limits, message) => {
    await yaml(`features: { drift: { ${limits} } }\n`)
    await expect(load()).rejects.toThrow(message)
  })

  it('say where a bad value comes from', async () => {
    await yaml('log: { level: info }\n\nserver:\n  port: "8080"\n')
    await expect(load()).rejects.toThrow(
      'server.port must be an integer from 0 to 65535, got "8080". It comes from file quorum.yaml, line 4.',
    )
  })

  it.each([
    ['server: [1, 2]', 'server must be a section of keys'],
    ['profiles: production', 'profiles must be a section of keys'],
    ['profiles: { staging: 3 }', 'profiles.staging must be a section of keys'],
  ])('refuse %s', async (text, message) => {
    await yaml(text)
    await expect(load()).rejects.toThrow(message)
  })

  it.each([
    ['log:\n  level: info\n bad: 1\n', 'line 3'],
    ['a: 1\na: 2\n', 'line 2'],
    ['server: {port: 1\n', 'line 2'],
    ['- 1\n', 'no mapping'],
  ])('give the line of YAML that cannot be read: %j', async (text, place) => {
    await yaml(text)
    const error = await load().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'CONFIG_UNREADABLE', exitCode: 2 })
    expect((error as Error).message).toContain(place)
  })

  it('refuse a file that was asked for and is not there', async () => {
    await expect(load({ configFile: 'gone.yaml' })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      details: { path: 'gone.yaml' },
    })
  })

  it('never show a secret', async () => {
    const env = {
      QUORUM_SERVER__TOKEN: 'hush',
      DATABASE_URL: 'postgres://u:p@ss:w@h:1/d?password=hush',
    }
    const described = describeConfig(await load({ env }))
    expect(JSON.stringify(described)).not.toMatch(/hush|p@ss|ss:w/)
    expect(described.find(({ key }) => key === 'database.url')!.value).toBe(
      'postgres://u:[redacted]@h:1/d?password=[redacted]',
    )
    const error = await load({ env: { DATABASE_URL: 'u:hush@h' } }).catch(
      (caught: unknown) => caught,
    )
    expect(error).toMatchObject({ code: 'INVALID_VALUE' })
    expect(JSON.stringify([error, String(error)])).not.toContain('hush')
  })
})

describe('description', () => {
  it('has a line for every key, with doc and source', async () => {
    const described = describeConfig(await load({ flags: { dataDir: '/srv/q' } }))
    expect(described.map(({ key }) => key)).toStrictEqual(configKeys.map(({ path }) => path))
    expect(described.find(({ key }) => key === 'dataDir')).toMatchObject({
      value: '/srv/q',
      source: 'flag --data',
    })
    expect(described.every(({ doc }) => doc.length > 10)).toBe(true)
  })
})

describe('quorum.yaml.example', () => {
  it('loads, changes nothing, and documents every key in the schema’s words', async () => {
    const text = await readFile(join(packageRoot, 'quorum.yaml.example'), 'utf8')
    await yaml(text)
    const { config, sources } = await load()
    expect(config).toStrictEqual((await load({ configFile: await empty() })).config)
    const lines = text.split('\n')
    for (const { path, meta, env, ...key } of configKeys) {
      const name = path.slice(path.lastIndexOf('.') + 1)
      const optional = key.default === undefined
      const at = lines.findIndex((line, index) => {
        const doc = lines[index - 1] ?? ''
        return (
          line.trim().startsWith(`${optional ? '# ' : ''}${name}:`) &&
          doc.includes(`# ${meta.doc.split('.')[0]}`)
        )
      })
      expect(at, `${path} with its doc line`).toBeGreaterThan(0)
      expect(
        env.some((variable) => lines[at - 1]!.includes(variable)),
        `${path}: ${env.join()}`,
      ).toBe(true)
      expect(sources[path]).toBe(optional ? 'default' : `file quorum.yaml, line ${at + 1}`)
    }
  })

  async function empty(): Promise<string> {
    await writeFile(join(cwd, 'empty.yaml'), '')
    return 'empty.yaml'
  }
})
