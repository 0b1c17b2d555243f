/** Tasks for workers.test.ts; compiled code is what a worker thread can load. */
import { QuorumError } from '../../../dist/core/errors.js'
import { receive } from '../../../dist/core/idle-threads.js'
import { serveWorker, withTransfer } from '../../../dist/core/workers.js'

const tasks = {
  add: ({ a, b }) => Promise.resolve(a + b),
  thread: async () => (await import('node:worker_threads')).threadId,
  /** Counts who runs now (0) and the most that ever did (1). */
  overlap: async ({ running, ms }) => {
    const counts = new Int32Array(running)
    const now = Atomics.add(counts, 0, 1) + 1
    let most = Atomics.load(counts, 1)
    while (now > most) {
      const seen = Atomics.compareExchange(counts, 1, most, now)
      if (seen === most) break
      most = seen
    }
    await new Promise((resolve) => setTimeout(resolve, ms))
    Atomics.sub(counts, 0, 1)
    return (await import('node:worker_threads')).threadId
  },
  shared: ({ buffer }) => {
    Atomics.add(new Int32Array(buffer), 0, 5)
    return Promise.resolve()
  },
  received: ({ buffer }) => Promise.resolve(Atomics.add(receive('buffer', buffer), 0, 1) + 1),
  move: ({ data }) =>
    Promise.resolve(withTransfer({ data, bytes: data.byteLength }, [data.buffer])),
  refuse: () =>
    Promise.reject(
      new QuorumError(
        'NO_ROWS',
        { source: 'x', reason: 'empty' },
        { cause: new RangeError('deep') },
      ),
    ),
  fail: () => Promise.reject(new TypeError('plain')),
  uncloneable: () => Promise.resolve(() => 1),
  exit: () => process.exit(3),
  throwLater: () =>
    new Promise(() => {
      setTimeout(() => {
        throw new Error('thrown in a timer')
      }, 5)
    }),
  memory: () => {
    const held = []
    for (;;) held.push(new Array(100_000).fill(held.length + 0.5))
  },
  count: async ({ to }, { progress }) => {
    for (let done = 1; done <= to; done++) {
      if ((await progress({ done, to })) === 'stop') return done
    }
    return to
  },
  /** Never gives the thread back: what a training loop looks like. */
  compute: ({ ms }, { report, signal }) => {
    const end = performance.now() + ms
    for (let done = 0; performance.now() < end; done++) {
      if (report(done) === 'stop') return Promise.resolve('stopped')
      if (signal.aborted) throw signal.reason
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
    return Promise.resolve('all done')
  },
  deaf: () => {
    for (;;);
  },
  polite: (_, { signal }) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason)),
    ),
  checkpoint: async ({ state }, { call }) => {
    const saved = await call('save', withTransfer(state, [state.buffer]))
    return { saved, loaded: await call('load'), left: state.byteLength }
  },
  sleep: ({ ms }) => new Promise((resolve) => setTimeout(() => resolve(ms), ms)),
}

serveWorker((payload, context) => tasks[payload.task](payload, context))
