/** Threads that are kept between tasks, and what is handed to them once. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  handOver,
  keepThread,
  keptMs,
  readyThreads,
  takeThread,
  type HandedOver,
} from '../../../core/idle-threads.ts'
import type { WorkerThread } from '../../../core/workers.ts'

const entry = new URL('./worker-entry.js', import.meta.url).href
const taken: WorkerThread[] = []

function take(): WorkerThread {
  const thread = takeThread(entry)
  taken.push(thread)
  return thread
}

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(taken.splice(0).map((thread) => thread.terminate()))
})

const idOf = (thread: WorkerThread): Promise<number> => thread.run<number>({ task: 'thread' })

describe('a kept thread', () => {
  it('does the next task, one taker at a time', async () => {
    const first = take()
    const id = await idOf(first)
    keepThread(first)
    expect(take()).toBe(first)
    expect(await idOf(first)).toBe(id)
    expect(take()).not.toBe(first)
  })

  it('is of the module that is asked for', () => {
    const first = take()
    keepThread(first)
    const other = takeThread(new URL('./worker-entry.js?other', import.meta.url).href)
    taken.push(other)
    expect(other).not.toBe(first)
    expect(take()).toBe(first)
  })

  it('is not handed out once it has ended', async () => {
    const first = take()
    keepThread(first)
    await first.terminate()
    expect(await idOf(take())).toBeGreaterThan(0)
  })

  it('ends when nobody has taken it for a while', () => {
    vi.useFakeTimers()
    const first = take()
    keepThread(first)
    vi.advanceTimersByTime(keptMs - 1)
    expect(first.ended).toBe(false)
    vi.advanceTimersByTime(1)
    expect(first.ended).toBe(true)
  })

  it('is there before it is asked for', () => {
    readyThreads(entry, 2)
    const two = [take(), take()]
    expect(new Set(two).size).toBe(2)
    for (const thread of two) keepThread(thread)
    readyThreads(entry, 2)
    expect(new Set([take(), take()])).toEqual(new Set(two))
  })
})

describe('what is handed over', () => {
  const words = (): Int32Array => new Int32Array(new SharedArrayBuffer(4))
  const add = (thread: WorkerThread, buffer: HandedOver<Int32Array>): Promise<number> =>
    thread.run<number>({ task: 'received', buffer })

  it('is sent once for each thread, and anew where it is another thing', async () => {
    const [one, two] = [take(), take()]
    const [first, second] = [words(), words()]
    const send = (thread: WorkerThread, buffer: Int32Array): Promise<number> =>
      add(thread, handOver(thread, 'buffer', buffer))
    expect(await send(one, first)).toBe(1)
    expect(handOver(one, 'buffer', first)).toBe('as before')
    expect(await add(one, 'as before')).toBe(2)
    expect(await send(two, first)).toBe(3)
    expect(await send(one, second)).toBe(1)
    expect(await add(one, 'as before')).toBe(2)
    expect(first[0]).toBe(3)
  })

  it('is sent each time where it is copied, and the shared thing anew after that', async () => {
    const thread = take()
    const [common, own] = [words(), new Int32Array(1)]
    const send = (numbers: Int32Array): Promise<number> =>
      thread.run<number>({ task: 'received', buffer: handOver(thread, 'buffer', numbers) })
    expect(await send(common)).toBe(1)
    expect(await send(own)).toBe(1)
    expect(await send(own)).toBe(1)
    expect(await send(common)).toBe(2)
  })
})
