/**
 * What a training run reads: a table of scaled features with targets and weights, and the samples as rows of that table.
 *
 * A dataset of ordinary size is scaled once as a whole. A large one is not copied: every run gets the rows of its own windows, scaled on the way, so that memory
 * stays at the dataset's own and a few megabytes, however many workers share it.
 */
import type { Dataset } from '../../../features/dataset.ts'
import { yieldToEvents } from '../../interruption.ts'
import { emitScaling } from '../network-graphs.ts'
import type { Scaler } from '../../preprocessing/scaler.ts'
import type { LabelScale } from '../../preprocessing/standardiser.ts'
import { openOnnxSession, type OnnxFeed } from '../../runtime/onnx-session.ts'

export interface Table {
  /** `features` [rows, width], `target` and `weight` [rows]. */
  readonly feeds: Readonly<Record<'features' | 'target' | 'weight', OnnxFeed>>
  /** The asked samples as rows of this table. */
  readonly samples: BigInt64Array
}

export interface TrainingData {
  /** Samples that one table should hold at most. */
  readonly most: number
  /** @param samples rows of the dataset at which windows end */
  table(samples: Int32Array): Promise<Table>
  close(): Promise<void>
}

export interface TrainingDataOptions {
  readonly scaler: Scaler
  readonly label: LabelScale
  readonly train: Int32Array
  readonly window: number
  readonly signal: AbortSignal
  /** Cells up to which the dataset is scaled as a whole. */
  readonly residentCells?: number
}

/** A quarter of a gigabyte. */
const defaultResidentCells = 2 ** 26
/** Cells of a table made for one run: 32 megabytes, of which there are three while it is scaled. */
const tableCells = 2 ** 23
/** Numbers that scaling makes in one run: a rank has 32 for each cell. */
const scaledNumbers = 2 ** 23

export async function openTrainingData(
  dataset: Dataset,
  {
    scaler,
    label,
    train,
    window,
    signal,
    residentCells = defaultResidentCells,
  }: TrainingDataOptions,
): Promise<TrainingData> {
  const { rows, features, X, y, weight } = dataset
  const width = features.length
  const session = await openOnnxSession(emitScaling(width, scaler))
  const perRow = width * (scaler.type === 'rank' ? 32 : 4)
  const blockRows = Math.max(1, Math.floor(scaledNumbers / perRow))
  /** The rows of `data`, scaled block by block. */
  const scale = async (data: Float32Array): Promise<Float32Array> => {
    const scaled = new Float32Array(data.length)
    for (let from = 0; from < data.length; from += blockRows * width) {
      // A copy, since the runtime takes no view of shared memory.
      const block = data.slice(from, from + blockRows * width)
      const out = await session.run({
        features: { type: 'float', data: block, shape: [block.length / width, width] },
      })
      scaled.set(out['scaled']!, from)
      await yieldToEvents(signal, 'the training')
    }
    return scaled
  }
  const meanWeight = train.reduce((sum, row) => sum + weight[row]!, 0) / train.length
  const targetOf = (row: number): number => (y[row]! - label.mean) / label.deviation
  const weightOf = (row: number): number => weight[row]! / meanWeight
  const vector = (data: Float32Array): OnnxFeed => ({ type: 'float', data, shape: [data.length] })

  if (rows * width > residentCells) {
    return {
      most: Math.max(1, Math.floor(tableCells / (window * width))),
      close: () => session.close(),
      table: async (samples) => {
        const own = new Float32Array(samples.length * window * width)
        samples.forEach((sample, i) => {
          const from = (sample - window + 1) * width
          own.set(X.subarray(from, from + window * width), i * window * width)
        })
        const count = samples.length * window
        const target = new Float32Array(count)
        const weights = new Float32Array(count)
        const places = new BigInt64Array(samples.length)
        samples.forEach((sample, i) => {
          const place = (i + 1) * window - 1
          target[place] = targetOf(sample)
          weights[place] = weightOf(sample)
          places[i] = BigInt(place)
        })
        const table = { type: 'float', data: await scale(own), shape: [count, width] } as const
        return {
          feeds: { features: table, target: vector(target), weight: vector(weights) },
          samples: places,
        }
      },
    }
  }
  const scaled = await scale(X).finally(() => session.close())
  const feeds = {
    features: { type: 'float', data: scaled, shape: [rows, width] },
    target: vector(Float32Array.from({ length: rows }, (_, row) => targetOf(row))),
    weight: vector(Float32Array.from({ length: rows }, (_, row) => weightOf(row))),
  } as const
  return {
    most: Infinity,
    table: (samples) => Promise.resolve({ feeds, samples: BigInt64Array.from(samples, BigInt) }),
    close: () => Promise.resolve(),
  }
}
