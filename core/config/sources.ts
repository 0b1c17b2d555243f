/** Where configuration values come from: the YAML file with its profile sections, the environment and `.env`, and flags. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import {
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
  type YAMLMap,
} from 'yaml'
import { rankByDistance } from '../checks.ts'
import { QuorumError } from '../errors.ts'
import { configKeys, configSections, profiles, type ConfigKey } from './schema.ts'

/** A value that one source gives for one key. */
export interface Given {
  readonly path: string
  readonly value: unknown
  readonly source: string
}

export interface FileValues {
  readonly base: readonly Given[]
  /** By profile name. */
  readonly profiles: Readonly<Record<string, readonly Given[]>>
}

const keyByPath = new Map(configKeys.map((key) => [key.path, key]))

/** Reads the file named by `file`, else `quorum.yaml` if there is one. */
export async function readConfigFile(file: string | undefined, cwd: string): Promise<FileValues> {
  const name = file ?? 'quorum.yaml'
  const text = await readFile(resolve(cwd, name), 'utf8').catch((cause: unknown) => {
    if (file === undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(name, (cause as Error).message, cause)
  })
  return text === undefined ? { base: [], profiles: {} } : parseConfigFile(text, name)
}

export function parseConfigFile(text: string, name: string): FileValues {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [problem] = document.errors
  if (problem) {
    const line = problem.linePos?.[0].line ?? 1
    throw unreadable(
      name,
      `line ${line}: ${problem.message.split('\n')[0]!.replace(/ at line .*$/, '')}`,
      problem,
    )
  }
  const root = document.contents
  if (root === null || (isScalar(root) && root.value === null)) return { base: [], profiles: {} }
  if (!isMap(root)) throw unreadable(name, 'it holds no mapping of keys', undefined)
  const reader: Reader = {
    document,
    source: (offset) => `file ${name}, line ${lines.linePos(offset).line}`,
  }
  const sections: Record<string, readonly Given[]> = {}
  const base: Given[] = []
  for (const [key, node, source] of members(root, reader)) {
    if (key !== 'profiles') base.push(...readMember([key], node, { reader, source }))
    else if (isMap(node)) {
      for (const [profile, section, at] of members(node, reader)) {
        if (!(profiles as readonly string[]).includes(profile)) {
          throw unknownKey(
            `profiles.${profile}`,
            at,
            profiles.map((known) => `profiles.${known}`),
          )
        }
        sections[profile] = readProfile(profile, section, { reader, source: at })
      }
    } else if (!isEmpty(node)) throw notASection('profiles', source)
  }
  return { base, profiles: sections }
}

interface Reader {
  readonly document: Document
  readonly source: (offset: number) => string
}

type Member = readonly [key: string, node: unknown, source: string]

function members(map: YAMLMap, reader: Reader): Member[] {
  return map.items.map(({ key, value }) => {
    const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0
    return [String(isScalar(key) ? key.value : key), value, reader.source(offset)]
  })
}

function readProfile(
  profile: string,
  node: unknown,
  at: { reader: Reader; source: string },
): Given[] {
  if (isEmpty(node)) return []
  if (!isMap(node)) throw notASection(`profiles.${profile}`, at.source)
  return members(node, at.reader).flatMap(([key, value, source]) => {
    if (key === 'profile' || key === 'profiles')
      throw unknownKey(`profiles.${profile}.${key}`, source, [key])
    return readMember([key], value, { reader: at.reader, source: `profile ${profile}, ${source}` })
  })
}

function readMember(
  at: readonly string[],
  node: unknown,
  from: { reader: Reader; source: string },
): Given[] {
  const path = at.join('.')
  if (configSections.has(path)) {
    if (isEmpty(node)) return []
    if (!isMap(node)) throw notASection(path, from.source)
    const prefix = from.source.slice(0, from.source.lastIndexOf('file '))
    return members(node, from.reader).flatMap(([key, value, source]) =>
      readMember([...at, key], value, { reader: from.reader, source: prefix + source }),
    )
  }
  if (!keyByPath.has(path)) throw unknownKey(path, from.source, [...paths(), ...configSections])
  const value: unknown = isNode(node) ? node.toJS(from.reader.document) : node
  // A key without a value is one that is not set.
  return value === null || value === undefined ? [] : [{ path, value, source: from.source }]
}

function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null)
}

/** Names of the environment that are ours and no key. */
const reservedNames = new Set(['QUORUM_CONFIG'])

export interface Environment {
  readonly values: readonly Given[]
  /** `QUORUM_CONFIG`: the file to read. */
  readonly configFile: string | undefined
}

/** The environment over `.env`; an empty variable is one that is not set. */
export async function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<Environment> {
  const text = await readFile(join(cwd, '.env'), 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw unreadable('.env', (cause as Error).message, cause)
  })
  const merged = new Map<string, { text: string; source: string }>()
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (value !== undefined && value !== '')
      merged.set(name, { text: value, source: `env ${name} (.env)` })
  }
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value !== '')
      merged.set(name, { text: value, source: `env ${name}` })
  }
  const known = new Set(configKeys.flatMap((key) => key.env))
  for (const [name, { source }] of merged) {
    if (!name.startsWith('QUORUM_') || name.startsWith('QUORUM_TEST_')) continue
    if (!known.has(name) && !reservedNames.has(name)) {
      const place = source.endsWith('(.env)') ? '.env' : 'the environment'
      throw unknownKey(name, place, [...known, ...reservedNames])
    }
  }
  const values = configKeys.flatMap((key) => {
    const name = key.env.find((candidate) => merged.has(candidate))
    if (name === undefined) return []
    const { text: value, source } = merged.get(name)!
    return [{ path: key.path, value: fromText(key, value), source }]
  })
  return { values, configFile: merged.get('QUORUM_CONFIG')?.text }
}

/** Flags whose name is not the key's last part. */
const flagNames: Readonly<Record<string, string>> = {
  dataDir: '--data',
  'log.level': '--log-level',
}

/** Flags by the path of their key; undefined is one that was not given. */
export function readFlags(flags: Readonly<Record<string, unknown>>): Given[] {
  return Object.entries(flags).flatMap(([path, value]) => {
    if (value === undefined) return []
    const key = keyByPath.get(path)
    if (!key) throw unknownKey(path, 'the flags', paths())
    const last = path
      .slice(path.lastIndexOf('.') + 1)
      .replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)
    const source = `flag ${flagNames[path] ?? `--${last}`}`
    return [{ path, value: typeof value === 'string' ? fromText(key, value) : value, source }]
  })
}

/** Text as the key's type; text that is none stays, for the schema to refuse it by name. */
function fromText(key: ConfigKey, value: string): unknown {
  if (key.kind === 'number') return /^[+-]?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value
  return value
}

function paths(): string[] {
  return configKeys.map(({ path }) => path)
}

function unknownKey(key: string, source: string, known: readonly string[]): QuorumError {
  return new QuorumError('CONFIG_UNKNOWN_KEY', {
    key,
    source,
    nearest: rankByDistance(key, known)[0]!,
  })
}

function notASection(name: string, source: string): QuorumError {
  const remedy = `It comes from ${source}.`
  return new QuorumError('INVALID_VALUE', {
    name,
    expected: 'a section of keys',
    value: 'a single value',
    remedy,
  })
}

function unreadable(path: string, reason: string, cause: unknown): QuorumError {
  return new QuorumError('CONFIG_UNREADABLE', { path, reason }, { cause })
}
