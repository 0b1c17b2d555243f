/** A thread that waits to become a helper of a crew. */
import { WorkerThread } from '../../../core/workers.ts'

export function startHelper(): WorkerThread {
  return new WorkerThread('models/trees/growth/crew-worker')
}
