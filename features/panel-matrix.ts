/**
 * A panel's features as the float32 matrix of a dataset: evaluated straight into it, the one copy there is. Symbols that do not
 * see each other can be shared out among worker threads; the matrix is in shared memory and every thread writes its own rows, so
 * the bytes are the same however many there are.
 */
import { setImmediate } from 'node:timers/promises'
import type { WorkerPool } from '../core/worker-pool.ts'
import { evaluatePanel, type BarRows } from './evaluation.ts'
import { operatorsOf } from './expression/expression.ts'
import type { FeatureSet } from './feature-set.ts'
import { gatherRows } from './kernels/gather.ts'
import { isUsersOperator } from './operators/index.ts'
import { compilePlan, looksAcross } from './plan.ts'

export interface PanelPart {
  readonly rows: BarRows
  /** First row that goes into the matrix, and the matrix's row where it goes. */
  readonly first: number
  readonly offset: number
}

export interface PanelTask {
  readonly set: FeatureSet
  readonly parts: readonly PanelPart[]
  /** Group of each part's symbol. */
  readonly groups: Int32Array
  /** `[rows, features]`, row-major. */
  readonly X: Float32Array
}

export function fillPanel({ set, parts, groups, X }: PanelTask): void {
  const plan = compilePlan(set)
  const width = plan.names.length
  const rows = parts.map((part) => part.rows)
  evaluatePanel(plan, rows, groups, ({ symbol, features, columns, offset, row, count }) => {
    const part = parts[symbol]!
    const first = Math.max(0, part.first - row)
    const place = (part.offset + row - part.first) * width
    if (features.length === width) {
      if (first < count)
        gatherRows(columns, offset + first, offset + count, X, place + first * width)
      return
    }
    for (let k = 0; k < columns.length; k++) {
      const column = columns[k]!
      const feature = features[k]!
      for (let j = first; j < count; j++) X[place + j * width + feature] = column[offset + j]!
    }
  })
}

/** As `fillPanel`, on the pool's threads and this one. Sets that look across symbols, or use a user's operators, stay here. */
export async function fillPanelShared(task: PanelTask, pool: WorkerPool): Promise<void> {
  const { parts, groups } = task
  const shares = Math.min(pool.size + 1, parts.length)
  const plan = compilePlan(task.set)
  if (shares < 2 || looksAcross(plan) || usesUsersOperators(task.set)) {
    fillPanel(task)
    return
  }
  // Dealt in turn: neighbours in a universe are often of one length.
  const dealt = Array.from({ length: shares }, (_, share): PanelTask => {
    const mine = parts.flatMap((_part, k) => (k % shares === share ? [k] : []))
    return {
      ...task,
      parts: mine.map((k) => parts[k]!),
      groups: Int32Array.from(mine, (k) => groups[k]!),
    }
  })
  const others = dealt.slice(1).map((share) => pool.run('features/panel-worker', share))
  // The pool hands tasks out when this thread lets go; before, it would do its own share while the others wait for theirs.
  await setImmediate()
  fillPanel(dealt[0]!)
  await Promise.all(others)
}

function usesUsersOperators({ features }: FeatureSet): boolean {
  return features.some(({ expression }) => operatorsOf(expression).some(isUsersOperator))
}
