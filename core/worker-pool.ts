/** A bounded number of worker threads with a queue in front, first come, first served. Threads are kept for the next task. */
import { availableParallelism } from 'node:os'
import { checkInteger } from './checks.ts'
import { QuorumError } from './errors.ts'
import { WorkerThread, type WorkerTaskOptions } from './workers.ts'

export interface WorkerPool {
  readonly size: number
  /** As `runInWorker`, when a thread is free. Cancelled while it waits, a task never starts. */
  run<Result, Progress = unknown>(
    module: string,
    payload: unknown,
    options?: WorkerTaskOptions<Progress>,
  ): Promise<Result>
  /** Refuses waiting tasks and ends all threads; a task under way rejects with WORKER_CRASHED. */
  close(): Promise<void>
}

/** @param size threads at a time; default: what the machine has */
export function createWorkerPool({
  size = availableParallelism(),
}: { size?: number } = {}): WorkerPool {
  checkInteger('size', size, { min: 1 })
  return new ThreadPool(size)
}

class ThreadPool implements WorkerPool {
  readonly size: number
  readonly #idle: WorkerThread[] = []
  readonly #busy = new Set<WorkerThread>()
  readonly #waiting: { start: () => void; refuse: (error: Error) => void }[] = []
  #taken = 0
  #closed = false

  constructor(size: number) {
    this.size = size
  }

  async run<Result, Progress = unknown>(
    module: string,
    payload: unknown,
    options: WorkerTaskOptions<Progress> = {},
  ): Promise<Result> {
    await this.#turn(module, options.signal)
    let thread: WorkerThread | undefined
    try {
      thread = this.#thread(module)
      this.#busy.add(thread)
      return await thread.run<Result, Progress>(payload, options)
    } finally {
      if (thread) {
        this.#busy.delete(thread)
        if (!thread.ended && !this.#closed) this.#idle.push(thread)
      }
      this.#taken--
      this.#waiting.shift()?.start()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { refuse } of this.#waiting.splice(0)) refuse(closed())
    const threads = [...this.#idle.splice(0), ...this.#busy]
    await Promise.all(threads.map((thread) => thread.terminate()))
  }

  async #turn(module: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed) throw closed()
    if (signal?.aborted) throw cancelled(module, signal)
    if (this.#taken < this.size) {
      this.#taken++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1)
        reject(cancelled(module, signal!))
      }
      const leave = (): void => signal?.removeEventListener('abort', abort)
      const entry = {
        start: () => {
          leave()
          this.#taken++
          resolve()
        },
        refuse: (error: Error) => {
          leave()
          reject(error)
        },
      }
      this.#waiting.push(entry)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** An idle thread of the module, else a new one in place of an idle thread of another. */
  #thread(module: string): WorkerThread {
    const index = this.#idle.findIndex((thread) => thread.module === module && !thread.ended)
    if (index >= 0) return this.#idle.splice(index, 1)[0]!
    if (this.#idle.length + this.#busy.size >= this.size) void this.#idle.shift()?.terminate()
    return new WorkerThread(module)
  }
}

function cancelled(module: string, signal: AbortSignal): QuorumError {
  if (signal.reason instanceof QuorumError) return signal.reason
  return new QuorumError('CANCELLED', { what: `The task of ${module}` }, { cause: signal.reason })
}

function closed(): QuorumError {
  return new QuorumError('CANCELLED', { what: 'A task of a closed worker pool' })
}
