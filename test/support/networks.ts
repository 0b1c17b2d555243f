/** Every kind of network, fitted in a fraction of a second: a kind that is added to the table is among them. */
import type { Json } from '../../core/canonical-json.ts'
import type { Device, ModelFiles, ModelKind } from '../../models/index.ts'
import { modelKinds } from '../../models/kinds.ts'
import { splitSamples, syntheticDataset } from './dataset.ts'
import { fitContext } from './fit-context.ts'

type Choices = Readonly<Record<string, Json>>

/** Whatever of these a kind takes; small, and still no trivial network. */
const quick: Choices = {
  window: 6,
  hidden: 8,
  dim: 8,
  channels: 8,
  layers: 2,
  maxEpochs: 3,
  batchSize: 32,
  learningRate: 0.01,
  outputs: ['value', 'direction', 'quantiles'],
  pooling: 'attention',
  n_estimators: 5,
}

export const networkData = syntheticDataset({
  rowsPerSymbol: 150,
  features: 5,
  window: 6,
  missing: 0.1,
})
export const networkRows = splitSamples(networkData, 0.5)

export interface QuickNetwork {
  readonly kind: ModelKind
  readonly params: Record<string, Json>
  readonly files: ModelFiles
}

/** The kinds whose files hold an ONNX model, fitted on the rows before the cut. */
export async function quickNetworks(change: Choices = {}): Promise<QuickNetwork[]> {
  const networks: QuickNetwork[] = []
  for (const kind of modelKinds) {
    const takes = ([name, value]: [string, Json]): boolean =>
      kind.params.safeParse({ [name]: value }).success
    const wanted = Object.entries({ ...quick, ...change }).filter(takes)
    const params = kind.params.parse(Object.fromEntries(wanted))
    const { files } = await fitQuickly(kind, params)
    if ('model.onnx' in files) networks.push({ kind, params, files })
  }
  return networks
}

/** What a fit saved, and its losses epoch by epoch, of training and validation by turns. */
export async function fitQuickly(
  kind: ModelKind,
  params: Record<string, Json>,
  device: Device = 'cpu',
): Promise<{ files: ModelFiles; losses: number[] }> {
  const context = fitContext(networkRows.before, { validation: networkRows.after, device })
  const model = await kind.fit(networkData, params, context)
  const files = model.save()
  const losses = (model.curve ?? []).flatMap((one) => [one.trainLoss, one.validationLoss ?? NaN])
  await model.dispose()
  return { files, losses }
}

/** Greatest difference, in units of the label's deviation, which is 1 in this data; NaN where a number is not finite. */
export function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let greatest = a.length === b.length ? 0 : NaN
  for (let i = 0; i < a.length; i++) greatest = Math.max(greatest, Math.abs(a[i]! - b[i]!))
  return greatest
}

/** The windows that end at some rows, as the ONNX model takes them. */
export function networkInput(
  samples: Int32Array,
  window: number,
): { data: Float32Array; shape: number[] } {
  const width = networkData.features.length
  const data = new Float32Array(samples.length * window * width)
  samples.forEach((sample, i) => {
    const rows = networkData.X.subarray((sample - window + 1) * width, (sample + 1) * width)
    data.set(rows, i * window * width)
  })
  return { data, shape: [samples.length, window, width] }
}
