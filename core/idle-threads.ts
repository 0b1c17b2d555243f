/**
 * Threads that are kept between tasks: starting one and warming up its code takes longer than many a task. A thread that nobody takes for a while is
 * ended, with the memory that was handed to it.
 */
import { isMainThread } from 'node:worker_threads'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { WorkerThread } from './workers.ts'

/** How long a thread, or what it needs for its next task, is kept. */
export const keptMs = 30_000

interface Kept {
  readonly thread: WorkerThread
  readonly expiry: NodeJS.Timeout
}

const kept = new Set<Kept>()

/** A kept thread of the module, or a new one. Who takes it keeps it for the next one, or ends it. */
export function takeThread(module: string): WorkerThread {
  for (const one of kept) {
    if (one.thread.module !== module) continue
    kept.delete(one)
    clearTimeout(one.expiry)
    if (!one.thread.ended) return one.thread
  }
  return new WorkerThread(module)
}

/** Keeps a thread whose task is done; it does not hold up the end of the process. */
export function keepThread(thread: WorkerThread): void {
  const expiry = setTimeout(() => {
    kept.delete(one)
    void thread.terminate()
  }, keptMs)
  expiry.unref()
  const one = { thread, expiry }
  kept.add(one)
}

/** Sees to it that so many threads of a module are kept. */
export function readyThreads(module: string, count: number): void {
  const threads = Array.from({ length: count }, () => takeThread(module))
  for (const thread of threads) keepThread(thread)
}

/** Something shared for a thread, or that the thread still has it from its last task. */
export type HandedOver<T> = T | 'as before'

const handed = new WeakMap<WorkerThread, Map<string, object>>()

/** What to send to a thread under a name: a shared thing only once, so that it does not hold many of the same; what is copied, each time. */
export function handOver<T extends object>(
  thread: WorkerThread,
  name: string,
  value: T,
): HandedOver<T> {
  const things = handed.get(thread) ?? new Map<string, object>()
  handed.set(thread, things)
  if (things.get(name) === value) return 'as before'
  if (isShared(value)) things.set(name, value)
  else things.delete(name)
  return value
}

function isShared(value: object): boolean {
  const memory = ArrayBuffer.isView(value) ? value.buffer : value
  return memory instanceof SharedArrayBuffer || memory instanceof WebAssembly.Memory
}

const received = new Map<string, unknown>()

/** In the thread: what was handed over under a name. */
export function receive<T>(name: string, value: HandedOver<T>): T {
  if (value === 'as before') return received.get(name) as T
  const replaces = received.has(name)
  received.set(name, value)
  if (replaces) collectGarbage()
  return value
}

let collect: (() => void) | undefined

/**
 * In a thread: gives back shared memory that nothing refers to any more. V8 does not count such memory, so by itself it sees no need. Not for each
 * task: much of what is compiled goes with it. The main thread, which may have a large heap, is spared.
 */
export function collectGarbage(): void {
  if (isMainThread) return
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
