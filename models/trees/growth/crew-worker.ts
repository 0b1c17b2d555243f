/** Worker entry: a helper of a crew. It waits for orders on the shared memory until it is told to end. */
import { asQuorumError } from '../../../core/errors.ts'
import { receive, type HandedOver } from '../../../core/idle-threads.ts'
import { serveWorker } from '../../../core/workers.ts'
import type { GbdtParams } from '../gbdt-params.ts'
import { createObjective } from '../objectives/objectives.ts'
import { controlOf, createWait } from './control.ts'
import type { Layout } from './layout.ts'
import { openSpace } from './space.ts'
import { watchedMetric } from './stages/losses.ts'
import { performStage, stageNames } from './stages/stages.ts'
import type { SplitRules } from './weights.ts'

export interface CrewTask {
  readonly memory: HandedOver<WebAssembly.Memory>
  readonly layout: Layout
  readonly thread: number
  readonly params: GbdtParams
  readonly rules: SplitRules
  readonly alone: boolean
  readonly X: HandedOver<Float32Array> | undefined
}

serveWorker((task: CrewTask) => {
  const space = openSpace(receive('memory', task.memory), task.layout, task.thread)
  const { turn, stage, done, failed } = controlOf(space)
  const { params, rules, alone } = task
  const X = task.X && receive('X', task.X)
  const objective = createObjective(params)
  const watched = watchedMetric(params, objective)
  const matrix = X && { X, features: task.layout.features }
  const equipment = { params, rules, alone, matrix, objective, watched }
  // The first order may be there before a helper is, and the crew may have been closed.
  let seen = 0
  const wait = createWait()
  for (;;) {
    while (Atomics.load(turn, 0) === seen) wait(turn, seen)
    seen++
    const name = stageNames[Atomics.load(stage, 0)]
    if (name === undefined) return Promise.resolve()
    try {
      performStage(name, space, equipment)
    } catch (error) {
      Atomics.add(failed, 0, 1)
      return Promise.reject(asQuorumError(error))
    } finally {
      Atomics.add(done, 0, 1)
      Atomics.notify(done, 0)
    }
  }
})
