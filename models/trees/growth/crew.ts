/**
 * Crew: the threads of a fit. The calling thread gives an order, does its own share, and waits for the others; between orders they sleep on the
 * shared memory. What a stage computes does not depend on how many there are.
 */
import { setTimeout } from 'node:timers/promises'
import { QuorumError } from '../../../core/errors.ts'
import { handOver, keepThread, takeThread } from '../../../core/idle-threads.ts'
import { controlOf, createWait, type Wait } from './control.ts'
import type { CrewTask } from './crew-worker.ts'
import { helperModule } from './helper.ts'
import type { Layout } from './layout.ts'
import { openSpace, type Space } from './space.ts'
import { performStage, stageNames, type Equipment, type StageName } from './stages/stages.ts'

export interface Crew {
  readonly space: Space
  /** Every thread performs the stage on its share; returns when all have. */
  readonly run: (stage: StageName) => void
  /** Orders a stage without a share of the calling thread's; helpers that still start come to it later. */
  readonly begin: (stage: StageName) => void
  /** Waits until all helpers have done what was begun, and leaves the event loop free. */
  readonly complete: () => Promise<void>
  /** Lets the helpers go. */
  readonly close: () => Promise<void>
}

export function openCrew(memory: WebAssembly.Memory, layout: Layout, equipment: Equipment): Crew {
  const { params, rules, alone } = equipment
  // What is not shared would be copied for each helper.
  const X = equipment.matrix?.X.buffer instanceof SharedArrayBuffer ? equipment.matrix.X : undefined
  const helpers = Array.from({ length: layout.threads - 1 }, () => takeThread(helperModule))
  const space = openSpace(memory, layout, 0)
  const control = controlOf(space)
  const wait = createWait()
  const faults: unknown[] = []
  const ended = helpers.map((helper, k) => {
    const task: CrewTask = {
      memory: handOver(helper, 'memory', memory),
      X: X && handOver(helper, 'X', X),
      ...{ layout, thread: k + 1, params, rules, alone },
    }
    return helper.run(task).catch((error: unknown) => faults.push(error))
  })
  const begin = (stage: StageName): void => {
    Atomics.store(control.done, 0, 0)
    Atomics.store(control.next, 0, 0)
    Atomics.store(control.stage, 0, stageNames.indexOf(stage))
    Atomics.add(control.turn, 0, 1)
    Atomics.notify(control.turn, 0)
  }
  const checkNoneFailed = (what: string): void => {
    if (Atomics.load(control.failed, 0) !== 0) throw crashed(`a thread failed at ${what}`, faults)
  }
  return {
    space,
    begin,
    async complete() {
      while (Atomics.load(control.done, 0) !== helpers.length) {
        await setTimeout(1)
        if (faults.length > 0) throw crashed('a thread did not start', faults)
      }
      checkNoneFailed('its first stage')
    },
    run(stage) {
      begin(stage)
      performStage(stage, space, equipment)
      waitForAll(wait, control.done, helpers.length)
      checkNoneFailed(stage)
    },
    async close() {
      // Nothing is left of what threads take one after the other.
      Atomics.store(control.next, 0, 2 ** 30)
      Atomics.store(control.stage, 0, -1)
      Atomics.add(control.turn, 0, 1)
      Atomics.notify(control.turn, 0)
      await Promise.all(ended)
      if (faults.length === 0) helpers.forEach(keepThread)
      else await Promise.all(helpers.map((helper) => helper.terminate()))
    },
  }
}

/** A helper that died never reports; it would be waited for without end. */
const patienceMs = 120_000

function waitForAll(wait: Wait, done: Int32Array, helpers: number): void {
  for (let count = Atomics.load(done, 0); count !== helpers; count = Atomics.load(done, 0))
    if (!wait(done, count, patienceMs))
      throw crashed(`a thread did not answer for ${patienceMs / 1_000} s`, [])
}

function crashed(reason: string, faults: readonly unknown[]): QuorumError {
  return new QuorumError('WORKER_CRASHED', { task: 'the tree fit', reason }, { cause: faults[0] })
}
