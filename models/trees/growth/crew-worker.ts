/** Worker entry: a helper of a crew. It waits for orders on the shared memory until it is told to end. */
import { asQuorumError } from '../../../core/errors.ts'
import { serveWorker } from '../../../core/workers.ts'
import type { GbdtParams } from '../gbdt-params.ts'
import { createObjective } from '../objectives/objectives.ts'
import { controlOf } from './control.ts'
import type { Layout } from './layout.ts'
import { openSpace } from './space.ts'
import { performStage, stageNames, type SourceMatrix } from './stages/stages.ts'
import type { SplitRules } from './weights.ts'

export interface CrewTask {
  readonly memory: WebAssembly.Memory
  readonly layout: Layout
  readonly thread: number
  readonly params: GbdtParams
  readonly rules: SplitRules
  readonly matrix: SourceMatrix | undefined
}

/** As the calling thread looks before it sleeps. */
const looks = 10_000

serveWorker((task: CrewTask) => {
  const space = openSpace(task.memory, task.layout, task.thread)
  const { turn, stage, done, ready, failed } = controlOf(space)
  const { params, rules, matrix } = task
  const equipment = { params, rules, matrix, objective: createObjective(params) }
  // Before a helper is ready there is no order, but the crew may have been closed.
  let seen = 0
  Atomics.add(ready, 0, 1)
  for (;;) {
    for (let look = 0; Atomics.load(turn, 0) === seen; look++)
      if (look >= looks) Atomics.wait(turn, 0, seen)
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
