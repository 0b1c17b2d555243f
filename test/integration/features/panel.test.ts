/** A panel shared out among threads is the panel computed by one. */
import { describe, expect, it } from 'vitest'
import { createWorkerPool } from '../../../core/worker-pool.ts'
import { barRows } from '../../../features/dataset-builder.ts'
import { apply, column } from '../../../features/expression/expression.ts'
import {
  compilePlan,
  findFeatureSet,
  registerOperator,
  findOperator,
  type FeatureSet,
} from '../../../features/index.ts'
import { fillPanel, fillPanelShared, type PanelTask } from '../../../features/panel-matrix.ts'
import { randomBars } from '../../support/bars.ts'

function taskOf(set: FeatureSet): PanelTask {
  const plan = compilePlan(set)
  let offset = 0
  const parts = [300, 120, 512, 700, 61].map((length, k) => {
    const part = { rows: barRows(plan, randomBars(length, k + 1)), first: 10 * k, offset }
    offset += length - 10 * k
    return part
  })
  const X = new Float32Array(new SharedArrayBuffer(offset * plan.names.length * 4))
  return { set, parts, groups: Int32Array.of(0, 0, 1, 1, 2), X }
}

describe('fillPanelShared', () => {
  registerOperator({ ...findOperator('Abs'), name: 'MyAbs' })
  const across: FeatureSet = {
    name: 'across',
    version: 1,
    emitPartial: false,
    features: [{ name: 'rank', expression: apply('CSRank', column('close')), doc: 'test' }],
  }
  const own: FeatureSet = {
    ...across,
    name: 'own',
    features: [{ name: 'size', expression: apply('MyAbs', column('close')), doc: 'test' }],
  }

  it.each([findFeatureSet('alpha158'), findFeatureSet('base'), across, own])(
    '$name: the same bytes on three threads',
    async (set) => {
      const one = taskOf(set)
      fillPanel(one)
      const three = taskOf(set)
      const pool = createWorkerPool({ size: 2 })
      try {
        await fillPanelShared(three, pool)
      } finally {
        await pool.close()
      }
      expect(Buffer.from(three.X.buffer)).toEqual(Buffer.from(one.X.buffer))
      expect(one.X.some((value) => value !== 0)).toBe(true)
    },
  )
})
