/**
 * Layout: where the columns and states of a plan stand in the kernels' memory, the program that the kernels run over them, and
 * the steps that are left to JavaScript.
 *
 * Columns that no step reads back are scratch, shared by all symbols. What a symbol owns, the columns that are read back and the
 * states of its kernels, is one stretch of the memory, its image. One symbol's image is there at a time; the others' are kept by
 * themselves, and change places with it when it is their turn.
 */
import { instruction } from './kernels/kernel-operator.ts'
import { firstAddress, numbersAt, reserve, setFree, wholeMemory } from './kernels/memory.ts'
import type { CrossStep, Plan, SeriesStep } from './plan.ts'

/** Series steps between two cross steps, with the features that are complete after them. */
export interface Segment {
  readonly parts: readonly Part[]
  readonly cross: CrossStep | undefined
  readonly features: readonly number[]
  /** Columns of the features. */
  readonly columns: readonly Float64Array[]
}

/** Steps that the kernels run as one, [from, end) of the program, or one step that they do not know. */
export type Part =
  | { readonly kind: 'kernels'; readonly from: number; readonly end: number }
  | {
      readonly kind: 'operator'
      readonly operator: SeriesStep['operator']
      readonly params: readonly number[]
      /** Its place among the states that are not in the image. */
      readonly index: number
      readonly inputs: readonly Float64Array[]
      readonly outs: readonly Float64Array[]
    }

export interface Layout {
  /** Rows that a column has room for. */
  readonly capacity: number
  readonly segments: readonly Segment[]
  /** One column a slot. */
  readonly columns: readonly Float64Array[]
  /** Where the column of an owned slot begins in the image, −1 for scratch. */
  readonly places: Int32Array
  readonly ownedColumns: number
  /** The image that is in the memory now, and what it is before any row. */
  readonly image: Float64Array
  readonly fresh: Float64Array
  /** Steps that are not the kernels', in their order. */
  readonly operators: readonly SeriesStep[]
  readonly program: Uint32Array
  readonly programAt: number
  readonly constants: Plan['constants']
  readonly end: number
}

const known = new WeakMap<Plan, Map<number, Layout>>()

/** The layout of a plan whose chunks have at most `chunkRows` rows; the same for all evaluations of it. */
export function layoutOf(plan: Plan, chunkRows: number): Layout {
  const ofPlan = known.get(plan) ?? new Map<number, Layout>()
  known.set(plan, ofPlan)
  const existing = ofPlan.get(chunkRows)
  if (existing !== undefined) return existing
  const layout = makeLayout(plan, plan.lookback + chunkRows)
  ofPlan.set(chunkRows, layout)
  return layout
}

function makeLayout(plan: Plan, capacity: number): Layout {
  const cuts = cutAtCrossSteps(plan)
  const series = plan.steps.filter((step) => step.kind === 'series')
  const owned = [...ownedSlots(plan)]
  const native = series.filter(({ operator }) => operator.kernel !== undefined)
  const states = native.map(({ operator, params }) => operator.state(params, plan) as Float64Array)
  const ownedColumns = owned.length * capacity
  const fresh = new Float64Array(ownedColumns + states.reduce((sum, { length }) => sum + length, 0))
  const places = new Int32Array(plan.slots).fill(-1)
  owned.forEach((slot, k) => (places[slot] = k * capacity))

  const programAt = firstAddress
  const words = native.reduce((sum, step) => sum + 3 + step.inputs.length + step.outs.length, 0)
  const imageAt = programAt + 8 * Math.ceil(words / 2)
  let end = imageAt + 8 * fresh.length
  const addresses = Array.from({ length: plan.slots }, (_, slot) => {
    if (places[slot]! >= 0) return imageAt + 8 * places[slot]!
    end += 8 * capacity
    return end - 8 * capacity
  })
  reserve(end)
  const columns = addresses.map((address) => numbersAt(address, capacity))
  const program: number[] = []
  const operators: SeriesStep[] = []
  let stateAt = ownedColumns
  const add = (parts: Part[], step: SeriesStep): void => {
    const { operator, params, inputs, outs } = step
    const bind = (slots: readonly number[]): Float64Array[] => slots.map((slot) => columns[slot]!)
    if (operator.kernel === undefined) {
      const index = operators.push(step) - 1
      parts.push({
        ...{ kind: 'operator', operator, params, index },
        ...{ inputs: bind(inputs), outs: bind(outs) },
      })
      return
    }
    const from = programAt + 4 * program.length
    const slots = [...inputs, ...outs]
    const places = slots.map((slot) => addresses[slot]!)
    program.push(...instruction(operator.kernel, imageAt + 8 * stateAt, places))
    const state = states.shift()!
    fresh.set(state, stateAt)
    stateAt += state.length
    const last = parts.at(-1)
    const began = last?.kind === 'kernels' ? last.from : from
    if (last?.kind === 'kernels') parts.pop()
    parts.push({ kind: 'kernels', from: began, end: programAt + 4 * program.length })
  }
  const segments = cuts.map(({ steps, cross, features }): Segment => {
    const parts: Part[] = []
    for (const step of steps) add(parts, step)
    const own = features.map((feature) => columns[plan.outputs[feature]!]!)
    return { parts, cross, features, columns: own }
  })
  return {
    ...{ capacity, segments, columns, places, ownedColumns, fresh, operators, programAt, end },
    image: numbersAt(imageAt, fresh.length),
    program: Uint32Array.from(program),
    constants: plan.constants,
  }
}

/** The layout that the memory has now, and the image that is in it. */
let loaded: Layout | undefined
let present: Float64Array | undefined

/** Brings a symbol's image into the memory; the one that was there goes back to its own array. */
export function settle(layout: Layout, image: Float64Array): void {
  if (present === image) return
  evict()
  if (loaded !== layout) {
    wholeMemory().words.set(layout.program, layout.programAt / 4)
    for (const { slot, value } of layout.constants) layout.columns[slot]!.fill(value)
    setFree(layout.end)
    loaded = layout
  }
  layout.image.set(image)
  present = image
}

/** Puts the image that is in the memory, if any, back into its own array. */
export function evict(): void {
  if (present !== undefined) present.set(loaded!.image)
  present = undefined
}

/** Drops the image from the memory where it is this one, whose array is about to be filled anew. */
export function forget(image: Float64Array): void {
  if (present === image) present = undefined
}

interface Cut {
  readonly steps: readonly SeriesStep[]
  readonly cross: CrossStep | undefined
  readonly features: readonly number[]
}

function cutAtCrossSteps(plan: Plan): Cut[] {
  const cuts: { steps: SeriesStep[]; cross: CrossStep | undefined; slots: number[] }[] = []
  let open = { steps: [] as SeriesStep[], slots: sourceSlots(plan) }
  for (const step of plan.steps) {
    if (step.kind === 'series') {
      open.steps.push(step)
      open.slots.push(...step.outs)
      continue
    }
    cuts.push({ ...open, cross: step })
    open = { steps: [], slots: [step.out] }
  }
  cuts.push({ ...open, cross: undefined })
  return cuts.map(({ steps, cross, slots }) => ({
    ...{ steps, cross },
    features: plan.outputs.flatMap((slot, feature) => (slots.includes(slot) ? [feature] : [])),
  }))
}

function sourceSlots(plan: Plan): number[] {
  return [...plan.sources, ...plan.constants].map(({ slot }) => slot)
}

/** Slots that are read back, or in a later segment than they were made in: scratch would hold another symbol's rows by then. */
function ownedSlots(plan: Plan): Set<number> {
  const owned = new Set<number>()
  plan.retained.forEach((retained, slot) => {
    if (retained === 1) owned.add(slot)
  })
  const madeIn = new Map(sourceSlots(plan).map((slot) => [slot, 0]))
  let segment = 0
  for (const step of plan.steps) {
    if (step.kind === 'cross') {
      // Its inputs wait for all symbols, its output is written symbol by symbol.
      for (const slot of [...step.inputs, step.out]) owned.add(slot)
      madeIn.set(step.out, ++segment)
      continue
    }
    for (const slot of step.inputs) if (madeIn.get(slot) !== segment) owned.add(slot)
    for (const slot of step.outs) madeIn.set(slot, segment)
  }
  for (const { slot } of plan.constants) owned.delete(slot)
  return owned
}
