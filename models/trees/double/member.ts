/** One sub-model of a DoubleEnsemble. */
import type { Rng } from '../../../core/rng.ts'
import type { Dataset } from '../../../features/dataset.ts'
import type { CurvePoint, FitContext } from '../../kind.ts'
import { gbdtParams } from '../gbdt-params.ts'
import { learnAnywhere } from '../learn-anywhere.ts'
import type { DoubleMember } from './double-model.ts'
import type { DoubleParams } from './double-params.ts'

/** One sub-model: learned on the shown columns, its trees then ask for features of the whole set. */
export async function learnMember(
  dataset: Dataset,
  params: DoubleParams,
  {
    k,
    train,
    validation,
    weights,
    shown,
    identity,
    rng,
    context,
  }: {
    readonly k: number
    readonly train: Int32Array
    readonly validation: Int32Array
    readonly weights: Float64Array
    readonly shown: readonly number[]
    readonly identity: string
    readonly rng: Rng
    readonly context: FitContext
  },
): Promise<{ readonly member: DoubleMember; readonly curve: readonly CurvePoint[] }> {
  const names = shown.map((feature) => dataset.features[feature]!)
  const width = dataset.features.length
  const rows = Int32Array.from([...train, ...validation])
  const X = new Float32Array(new SharedArrayBuffer(rows.length * shown.length * 4))
  rows.forEach((row, i) =>
    shown.forEach((feature, j) => (X[i * shown.length + j] = dataset.X[row * width + feature]!)),
  )
  const own = Object.fromEntries(
    Object.entries(params).filter(([name]) => Object.hasOwn(gbdtParams.shape, name)),
  )
  const known = (name: string): boolean => names.includes(name)
  const { base, trees, curve } = await learnAnywhere(
    {
      params: gbdtParams.parse({
        ...own,
        categorical_features: params.categorical_features.filter(known),
        monotone_constraints: Object.fromEntries(
          Object.entries(params.monotone_constraints).filter(([name]) => known(name)),
        ),
        interaction_constraints: params.interaction_constraints.map((group) => group.filter(known)),
      }),
      features: names,
      X,
      rows: Int32Array.from(rows, (_, i) => i),
      trainRows: train.length,
      labels: Float64Array.from(rows, (row) => dataset.y[row]!),
      weights: Float64Array.from(rows, (row, i) => dataset.weight[row]! * (weights[i] ?? 1)),
      groups: new Int32Array(rows.length),
      seed: rng.stream(`member/${k}`).uint32(),
      threads: context.threads,
      margins: undefined,
      identity: `${identity}/${k}`,
    },
    context,
  )
  const placed = trees.map((tree) => ({
    ...tree,
    feature: tree.feature.map((feature) => (feature < 0 ? -1 : shown[feature]!)),
  }))
  return { member: { shown: [...shown], base: base[0]!, trees: placed }, curve }
}
