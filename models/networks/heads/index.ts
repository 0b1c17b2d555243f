/** The table of heads. The first of a model's heads, in this order, gives its `prediction`. */
import type { TrainingParams } from '../training-params.ts'
import { directionHead } from './direction.ts'
import { headNames, type Head, type HeadFacts, type HeadName } from './head.ts'
import { quantileHead } from './quantiles.ts'
import { valueHead } from './value.ts'

const heads: Readonly<Record<HeadName, (params: TrainingParams, facts: HeadFacts) => Head>> = {
  value: valueHead,
  direction: directionHead,
  quantiles: quantileHead,
}

export function createHeads(params: TrainingParams, facts: HeadFacts): Head[] {
  return headNames
    .filter((name) => params.outputs.includes(name))
    .map((name) => heads[name](params, facts))
}
