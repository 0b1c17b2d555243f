/** What acceptance scripts share: a data folder of their own, the built command, polling, and a server process to kill. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')
const main = join(root, 'dist/cli/main.js')

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The one JSON object on stdout. */
  readonly json: () => Record<string, unknown>
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'quorum-acceptance-'))
}

export function quorum(data: string, ...args: string[]): Promise<CommandResult> {
  const child = start([...args, '--data', data])
  return finished(child)
}

export function start(args: readonly string[]): ChildProcess {
  // What a new user has: the embedded database and no settings in the environment.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => name !== 'DATABASE_URL' && !name.startsWith('QUORUM_'),
    ),
  )
  return spawn(process.execPath, [main, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export function finished(child: ChildProcess): Promise<CommandResult> {
  let stdout = ''
  let stderr = ''
  child.stdout!.on('data', (part: Buffer) => (stdout += part.toString()))
  child.stderr!.on('data', (part: Buffer) => (stderr += part.toString()))
  return new Promise((resolve) => {
    child.on('close', (code) =>
      resolve({
        code: code ?? -1,
        stdout,
        stderr,
        json: () => JSON.parse(stdout) as Record<string, unknown>,
      }),
    )
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export interface Up {
  readonly url: string
  readonly readySeconds: number
  readonly log: () => string
  /** Highest resident memory so far, MB. */
  readonly peakMegabytes: () => Promise<number>
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Starts `quorum up` and waits until it is ready. */
export async function startUp(
  data: string,
  { limitSeconds = 120, args = [] as string[] } = {},
): Promise<Up> {
  const port = await freePort()
  const begun = performance.now()
  const child = start(['up', '--port', String(port), '--data', data, ...args])
  let log = ''
  child.stderr!.on('data', (part: Buffer) => (log += part.toString()))
  child.stdout!.resume()
  const exited = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  await until(`ready within ${limitSeconds} s`, limitSeconds, async () => {
    if (child.exitCode !== null)
      throw new Error(`quorum up ended with ${child.exitCode}: ${log.slice(-2_000)}`)
    const response = await fetch(`${url}/v2/health/ready`).catch(() => undefined)
    return response?.status === 200
  })
  return {
    url,
    readySeconds: (performance.now() - begun) / 1_000,
    log: () => log,
    async peakMegabytes() {
      const status = await readFile(`/proc/${child.pid!}/status`, 'utf8')
      return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024
    },
    async kill(signal) {
      child.kill(signal)
      await exited
    },
  }
}

export async function until(
  what: string,
  seconds: number,
  done: () => Promise<boolean>,
): Promise<void> {
  const end = performance.now() + seconds * 1_000
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`not ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

export async function get<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

export async function post(
  url: string,
  body: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

export function assert(condition: boolean, what: string, seen?: unknown): asserts condition {
  if (!condition)
    throw new Error(`${what}${seen === undefined ? '' : `; saw ${JSON.stringify(seen)}`}`)
}

export async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
