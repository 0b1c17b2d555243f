/**
 * Crew: the threads of a fit. The calling thread gives an order, does its own share, and waits for the others; between orders they sleep on the
 * shared memory. What a stage computes does not depend on how many there are.
 */
import { setTimeout } from 'node:timers/promises'
import { QuorumError } from '../../../core/errors.ts'
import { WorkerThread } from '../../../core/workers.ts'
import { controlOf } from './control.ts'
import type { CrewTask } from './crew-worker.ts'
import type { Layout } from './layout.ts'
import { openSpace, type Space } from './space.ts'
import { performStage, stageNames, type Equipment, type StageName } from './stages/stages.ts'

export interface Crew {
  readonly space: Space
  /** Every thread performs the stage on its share; returns when all have. */
  readonly run: (stage: StageName) => void
  /** The calling thread alone performs the stage. */
  readonly runAlone: (stage: StageName) => void
  /** Whether all helpers have started. */
  readonly isComplete: () => boolean
  /** Waits until they have, before the first order to all. */
  readonly complete: () => Promise<void>
  /** Ends the helpers. */
  readonly close: () => Promise<void>
}

/** Starts `layout.threads` − 1 helpers. */
export function openCrew(memory: WebAssembly.Memory, layout: Layout, equipment: Equipment): Crew {
  const space = openSpace(memory, layout, 0)
  const control = controlOf(space)
  const helpers = Array.from(
    { length: layout.threads - 1 },
    () => new WorkerThread('models/trees/growth/crew-worker'),
  )
  const faults: unknown[] = []
  const ended = helpers.map((helper, k) => {
    const { params, rules, matrix } = equipment
    const task: CrewTask = { memory, layout, thread: k + 1, params, rules, matrix }
    return helper.run(task).catch((error: unknown) => faults.push(error))
  })
  const isComplete = (): boolean => Atomics.load(control.ready, 0) === helpers.length
  return {
    space,
    isComplete,
    async complete() {
      while (!isComplete()) {
        await setTimeout(1)
        if (faults.length > 0) throw crashed('a thread did not start', faults)
      }
    },
    runAlone: (stage) => performStage(stage, space, equipment),
    run(stage) {
      Atomics.store(control.done, 0, 0)
      Atomics.store(control.next, 0, 0)
      Atomics.store(control.stage, 0, stageNames.indexOf(stage))
      Atomics.add(control.turn, 0, 1)
      Atomics.notify(control.turn, 0)
      performStage(stage, space, equipment)
      waitForAll(control.done, helpers.length)
      if (Atomics.load(control.failed, 0) !== 0)
        throw crashed(`a thread failed at ${stage}`, faults)
    },
    async close() {
      Atomics.store(control.stage, 0, -1)
      Atomics.add(control.turn, 0, 1)
      Atomics.notify(control.turn, 0)
      await Promise.all(ended)
      await Promise.all(helpers.map((helper) => helper.terminate()))
    },
  }
}

/** Looks for some 70 µs before it sleeps: the shares are about equal, and waking up takes longer than most waits. */
const looks = 10_000
/** A helper that died never reports; it would be waited for without end. */
const patienceMs = 120_000

function waitForAll(done: Int32Array, helpers: number): void {
  for (let look = 0; ; look++) {
    const count = Atomics.load(done, 0)
    if (count === helpers) return
    if (look < looks) continue
    if (Atomics.wait(done, 0, count, patienceMs) === 'timed-out')
      throw crashed(`a thread did not answer for ${patienceMs / 1_000} s`, [])
  }
}

function crashed(reason: string, faults: readonly unknown[]): QuorumError {
  return new QuorumError('WORKER_CRASHED', { task: 'the tree fit', reason }, { cause: faults[0] })
}
