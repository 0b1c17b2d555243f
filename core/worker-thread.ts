/** The worker's side: a module that calls `serveWorker` once is an entry for `runInWorker`. */
import { parentPort, type MessagePort } from 'node:worker_threads'
import { QuorumError } from './errors.ts'
import {
  cancelFlag,
  decodeError,
  encodeError,
  stopFlag,
  unwrap,
  type FromWorker,
  type ToWorker,
} from './worker-messages.ts'

export interface WorkerContext {
  /** Aborted when the caller cancels. A thread that never awaits sees it at its next `progress` or `report`. */
  readonly signal: AbortSignal
  /** Tells the caller how far it is and waits for the answer. */
  readonly progress: (value: unknown) => Promise<'stop' | undefined>
  /** As `progress` without waiting: answers 'stop' once the caller has said so to any earlier one. */
  readonly report: (value: unknown) => 'stop' | undefined
  /** Asks the caller's `onCall` for something: a checkpoint to load, to save. */
  readonly call: (name: string, value?: unknown) => Promise<unknown>
}

/**
 * Runs `handler` for every task, one after the other. What it throws reaches the caller with code, details and cause.
 *
 * @example serveWorker(async (payload: Task, { signal, progress }) => train(payload, signal, progress))
 */
export function serveWorker(
  handler: (payload: never, context: WorkerContext) => Promise<unknown>,
): void {
  const port = parentPort
  if (!port) {
    throw new QuorumError('INTERNAL', {
      reason: 'serveWorker() runs in a worker thread; start it with runInWorker()',
    })
  }
  let task: Task | undefined
  port.on('message', (message: ToWorker) => {
    if (message.type !== 'run') {
      task?.receive(message)
      return
    }
    const current = new Task(port, new Int32Array(message.flags))
    task = current
    handler(message.payload as never, current.context).then(
      (result) => current.post('done', result),
      (error: unknown) => post(port, { type: 'failed', error: encodeError(error) }),
    )
  })
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

class Task {
  readonly context: WorkerContext
  readonly #port: MessagePort
  readonly #flags: Int32Array
  readonly #abort = new AbortController()
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1

  constructor(port: MessagePort, flags: Int32Array) {
    this.#port = port
    this.#flags = flags
    this.context = {
      signal: this.#abort.signal,
      progress: async (value) =>
        (await this.#ask({ type: 'progress', value })) as 'stop' | undefined,
      report: (value) => {
        this.#look()
        post(port, { type: 'progress', id: 0, value })
        return Atomics.load(flags, stopFlag) === 1 ? 'stop' : undefined
      },
      call: (name, value) => this.#ask({ type: 'call', name, value }),
    }
  }

  receive(message: Exclude<ToWorker, { type: 'run' }>): void {
    if (message.type === 'cancel') {
      this.#look()
      return
    }
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.type === 'answer') waiting?.resolve(message.value)
    else waiting?.reject(decodeError(message.error))
  }

  post(type: 'done', result: unknown): void {
    const { value, buffers } = unwrap(result)
    try {
      this.#port.postMessage({ type, value } satisfies FromWorker, [...buffers])
    } catch (error) {
      // A result that cannot be cloned.
      post(this.#port, { type: 'failed', error: encodeError(error) })
    }
  }

  async #ask(
    question: { type: 'progress'; value: unknown } | { type: 'call'; name: string; value: unknown },
  ): Promise<unknown> {
    this.#look()
    const id = this.#nextId++
    const { value, buffers } = unwrap(question.value)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#port.postMessage({ ...question, value, id } satisfies FromWorker, [...buffers])
    })
  }

  #look(): void {
    if (Atomics.load(this.#flags, cancelFlag) === 0 || this.#abort.signal.aborted) return
    this.#abort.abort(new QuorumError('CANCELLED', { what: 'The task' }))
  }
}

function post(port: MessagePort, message: FromWorker): void {
  port.postMessage(message)
}
