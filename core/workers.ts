/**
 * Work in another thread. Training and large batches run here, because a session's run blocks its thread. Node 20 cannot
 * start a worker from a `.ts` file, so an entry is always the compiled file under `dist/`, also when the caller runs from
 * sources.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker, type ResourceLimits, type Transferable } from 'node:worker_threads'
import { systemClock } from './clock.ts'
import { QuorumError } from './errors.ts'
import { packageRoot } from './files.ts'
import {
  cancelFlag,
  decodeError,
  encodeError,
  stopFlag,
  unwrap,
  type FromWorker,
  type ToWorker,
} from './worker-messages.ts'

export { withTransfer } from './worker-messages.ts'
export { serveWorker } from './worker-thread.ts'

export interface WorkerTaskOptions<Progress = unknown> {
  /** Cancels: the worker is asked first and ended a second later. The task rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined
  /** Hears every progress; 'stop' asks the worker to end with what it has. */
  readonly onProgress?: ((progress: Progress) => 'stop' | undefined) | undefined
  /** Answers the worker's `call`. */
  readonly onCall?: ((name: string, value: unknown) => Promise<unknown>) | undefined
  /** Buffers in the payload that move instead of being copied. SharedArrayBuffers are shared as they are. */
  readonly transfer?: readonly Transferable[]
}

export interface WorkerStartOptions {
  readonly resourceLimits?: ResourceLimits
}

const graceMs = 1_000

/**
 * Runs one task in a thread of its own and ends the thread.
 *
 * @param module a module of the package that calls `serveWorker`, as `models/worker-entry`, or a `file:` URL
 * @throws what the worker throws; CANCELLED; WORKER_CRASHED if it ended by itself or ran out of memory.
 */
export async function runInWorker<Result, Progress = unknown>(
  module: string,
  payload: unknown,
  options: WorkerTaskOptions<Progress> & WorkerStartOptions = {},
): Promise<Result> {
  const { signal, resourceLimits } = options
  if (signal?.aborted) throw cancelled(module, signal)
  const thread = new WorkerThread(module, resourceLimits ? { resourceLimits } : {})
  try {
    return await thread.run<Result, Progress>(payload, options)
  } finally {
    await thread.terminate()
  }
}

/** A thread that runs tasks of one module, one at a time. */
export class WorkerThread {
  readonly module: string
  readonly #worker: Worker
  #settle: ((outcome: { value: unknown } | { error: Error }) => void) | undefined
  #receive: ((message: FromWorker) => void) | undefined
  #ended: string | undefined

  constructor(module: string, options: WorkerStartOptions = {}) {
    this.module = module
    // The parent's loaders (a TypeScript runner's, a test runner's) are not the worker's.
    this.#worker = new Worker(resolveEntry(module), { execArgv: [], ...options })
    this.#worker.unref()
    this.#worker.on('message', (message: FromWorker) => this.#receive?.(message))
    this.#worker.on('messageerror', (error: Error) =>
      this.#end(`a message could not be read: ${error.message}`),
    )
    this.#worker.on('error', (error: Error) => this.#end(describe(error), error))
    this.#worker.on('exit', (code) => this.#end(`exit code ${code}`))
  }

  /** Whether it can run no more tasks. */
  get ended(): boolean {
    return this.#ended !== undefined
  }

  async run<Result, Progress = unknown>(
    payload: unknown,
    options: WorkerTaskOptions<Progress> = {},
  ): Promise<Result> {
    const { signal, transfer = [] } = options
    if (this.#ended !== undefined) throw this.#crash(this.#ended)
    if (this.#settle)
      throw new QuorumError('INTERNAL', { reason: 'a worker thread runs one task at a time' })
    if (signal?.aborted) throw cancelled(this.module, signal)
    const flags = new Int32Array(new SharedArrayBuffer(8))
    const settled = new AbortController()
    const onAbort = (): void => void this.#cancel(flags, settled.signal)
    this.#worker.ref()
    try {
      const outcome = await new Promise<{ value: unknown } | { error: Error }>((resolve) => {
        this.#settle = resolve
        this.#receive = (message) => this.#answer(message, flags, options)
        signal?.addEventListener('abort', onAbort, { once: true })
        const message = { type: 'run', payload, flags: flags.buffer } as const
        try {
          this.#worker.postMessage(message satisfies ToWorker, [...transfer])
        } catch (error) {
          resolve({ error: error as Error })
        }
      })
      if (signal?.aborted) throw cancelled(this.module, signal)
      if ('error' in outcome) throw outcome.error
      return outcome.value as Result
    } finally {
      settled.abort()
      signal?.removeEventListener('abort', onAbort)
      this.#settle = undefined
      this.#receive = undefined
      // An idle thread does not keep the process running.
      this.#worker.unref()
    }
  }

  async terminate(): Promise<void> {
    this.#ended ??= 'it was terminated'
    await this.#worker.terminate()
  }

  #answer<Progress>(
    message: FromWorker,
    flags: Int32Array,
    options: WorkerTaskOptions<Progress>,
  ): void {
    if (message.type === 'done') this.#settle?.({ value: message.value })
    else if (message.type === 'failed') this.#settle?.({ error: decodeError(message.error) })
    else if (message.type === 'progress') {
      const { id, value } = message
      try {
        const answer = options.onProgress?.(value as Progress)
        if (answer === 'stop') Atomics.store(flags, stopFlag, 1)
        if (id > 0) this.#post({ type: 'answer', id, value: answer })
      } catch (error) {
        // The listener's fault ends the task, as if it had been called in this thread.
        this.#settle?.({ error: error as Error })
        void this.terminate()
      }
    } else void this.#call(message, options)
  }

  async #call<Progress>(
    { id, name, value }: FromWorker & { type: 'call' },
    { onCall }: WorkerTaskOptions<Progress>,
  ): Promise<void> {
    try {
      if (!onCall)
        throw new QuorumError('INTERNAL', {
          reason: `${this.module} calls ${name}, which nobody answers`,
        })
      const answer = unwrap(await onCall(name, value))
      this.#worker.postMessage({ type: 'answer', id, value: answer.value } satisfies ToWorker, [
        ...answer.buffers,
      ])
    } catch (error) {
      this.#post({ type: 'refusal', id, error: encodeError(error) })
    }
  }

  async #cancel(flags: Int32Array, settled: AbortSignal): Promise<void> {
    Atomics.store(flags, cancelFlag, 1)
    this.#post({ type: 'cancel' })
    await systemClock.sleep(graceMs, settled).then(
      () => this.terminate(),
      () => undefined,
    )
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  #end(reason: string, cause?: Error): void {
    this.#ended ??= reason
    this.#settle?.({ error: this.#crash(this.#ended, cause) })
  }

  #crash(reason: string, cause?: Error): QuorumError {
    return new QuorumError('WORKER_CRASHED', { task: this.module, reason }, { cause })
  }
}

function resolveEntry(module: string): URL | string {
  if (module.startsWith('file:')) return new URL(module)
  const path = join(packageRoot, 'dist', `${module}.js`)
  if (!existsSync(path)) {
    throw new QuorumError('INTERNAL', {
      reason: `The worker ${module} is not built: there is no ${path}. Run npm run build.`,
    })
  }
  return path
}

function cancelled(module: string, signal: AbortSignal): QuorumError {
  if (signal.reason instanceof QuorumError) return signal.reason
  return new QuorumError('CANCELLED', { what: `The task of ${module}` }, { cause: signal.reason })
}

function describe(error: Error): string {
  return (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'it ran out of memory'
    : error.message
}
