/** Worker entry: a share of a panel's symbols. */
import { serveWorker } from '../core/workers.ts'
import { fillPanel, type PanelTask } from './panel-matrix.ts'

serveWorker((task: PanelTask) => {
  fillPanel(task)
  return Promise.resolve()
})
