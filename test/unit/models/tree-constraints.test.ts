/** Constraints hold on 10,000 random probes after training on data that contradicts them. */
import { describe, expect, it } from 'vitest'
import { createRng } from '../../../core/rng.ts'
import type { GbdtParams } from '../../../models/trees/gbdt-params.ts'
import { createPredictor } from '../../../models/trees/predictor.ts'
import { learnModel } from '../../support/trees.ts'

const rng = createRng(5)
const X = Array.from({ length: 2_000 }, () => Array.from({ length: 4 }, () => rng.normal()))
/** Falls with f0 in the middle, rises with f1 at the ends, and f2 and f3 only matter together. */
const y = X.map(
  ([a, b, c, d]) => Math.sin(3 * a!) + 0.3 * a! + b! ** 2 - 0.2 * b! + c! * d! + 0.1 * rng.normal(),
)
const probes = 10_000

async function marginsOf(
  params: Partial<GbdtParams>,
  rows: readonly (readonly number[])[],
): Promise<Float64Array> {
  const model = await learnModel({
    X,
    y,
    params: { n_estimators: 30, max_depth: 5, learning_rate: 0.3, min_child_weight: 1, ...params },
  })
  const matrix = { rows: rows.length, features: model.features, X: Float32Array.from(rows.flat()) }
  return createPredictor(model).margins(
    matrix,
    Int32Array.from(rows, (_, row) => row),
  )
}

const probe = (): number[] => Array.from({ length: 4 }, () => 1.5 * rng.normal())

describe('monotone constraints', () => {
  const pairs = Array.from({ length: probes }, () => {
    const row = probe()
    const further = row.map((value, k) => (k < 2 ? value + Math.abs(rng.normal()) : value))
    return [row, [further[0]!, ...row.slice(1)], [row[0]!, further[1]!, ...row.slice(2)]]
  }).flat()
  const violations = (margins: Float64Array): { rising: number; falling: number } => {
    let [rising, falling] = [0, 0]
    for (let i = 0; i < margins.length; i += 3) {
      if (margins[i + 1]! < margins[i]!) rising++
      if (margins[i + 2]! > margins[i]!) falling++
    }
    return { rising, falling }
  }

  it.each<[string, Partial<GbdtParams>]>([
    ['depth-wise', {}],
    ['leaf-wise', { grow_policy: 'lossguide', max_leaves: 20, max_depth: 0 }],
    ['with penalties', { reg_alpha: 0.5, reg_lambda: 2, max_delta_step: 0.7 }],
  ])('hold: %s', async (_, params) => {
    const constrained = { monotone_constraints: { f0: 1, f1: -1 }, ...params } as const
    const margins = await marginsOf(constrained, pairs)
    expect(violations(margins)).toEqual({ rising: 0, falling: 0 })
    expect(margins.every(Number.isFinite)).toBe(true)
    expect(new Set(margins).size).toBeGreaterThan(100)
    const free = violations(await marginsOf(params, pairs))
    expect(Math.min(free.rising, free.falling)).toBeGreaterThan(probes / 50)
  })

  it('name features of the set', async () => {
    await expect(marginsOf({ monotone_constraints: { g: 1 } }, [])).rejects.toThrow(
      /monotone_constraints must be about features of the set: f0, f1, f2, f3, got "g"/,
    )
  })
})

describe('interaction constraints', () => {
  /** f(a, b) + f(a′, b′) − f(a, b′) − f(a′, b) is 0 where a and b never meet on a path. */
  const squares = Array.from({ length: probes }, () => {
    const row = probe()
    const other = probe()
    const mixed = (c: number, d: number): number[] => [row[0]!, row[1]!, c, d]
    return [
      mixed(row[2]!, row[3]!),
      mixed(other[2]!, other[3]!),
      mixed(row[2]!, other[3]!),
      mixed(other[2]!, row[3]!),
    ]
  }).flat()
  const meeting = (margins: Float64Array): number => {
    let most = 0
    for (let i = 0; i < margins.length; i += 4)
      most = Math.max(
        most,
        Math.abs(margins[i]! + margins[i + 1]! - margins[i + 2]! - margins[i + 3]!),
      )
    return most
  }

  it('keep apart what is in no common group', async () => {
    const apart = {
      interaction_constraints: [
        ['f0', 'f2'],
        ['f1', 'f3'],
      ],
    }
    expect(meeting(await marginsOf(apart, squares))).toBeLessThan(1e-9)
    // Both may meet f0, but not each other behind it.
    const overlapping = {
      interaction_constraints: [['f0', 'f2'], ['f0', 'f3'], ['f1']],
    }
    expect(meeting(await marginsOf(overlapping, squares))).toBeLessThan(1e-9)
    const together = {
      interaction_constraints: [
        ['f0', 'f1'],
        ['f2', 'f3'],
      ],
    }
    expect(meeting(await marginsOf(together, squares))).toBeGreaterThan(0.5)
  })
})
