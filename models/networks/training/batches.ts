/** Which samples each step learns from. */
import { QuorumError } from '../../../core/errors.ts'
import type { Rng } from '../../../core/rng.ts'
import type { Dataset } from '../../../features/dataset.ts'
import type { BatchLayout } from '../heads/head.ts'

export interface Batches {
  readonly count: number
  /** Row of each place, `[count · places]`. */
  readonly samples: Int32Array
  /** 0 where a place was filled up with another sample of its batch. */
  readonly mask: Float32Array
}

/** How the samples of a fit are put into batches: anywhere, or whole dates. */
export interface Batching {
  readonly layout: BatchLayout
  /** The samples in a new order; without a generator in their own. */
  batches(rng?: Rng): Batches
}

export function sampleBatches(samples: Int32Array, batchSize: number): Batching {
  const layout = { dates: 1, slots: batchSize }
  return {
    layout,
    batches: (rng) => {
      const order = rng?.permutation(samples.length)
      const count = Math.ceil(samples.length / batchSize)
      const out = new Int32Array(count * batchSize)
      for (let i = 0; i < out.length; i++) {
        const at = i < samples.length ? i : 0
        out[i] = samples[order?.[at] ?? at]!
      }
      return { count, samples: out, mask: filled(out.length, samples.length) }
    },
  }
}

/** Each batch holds, of rows that weigh anything, as many whole dates as come nearest to `batchSize` samples; all dates take the places of the largest. */
export function dateBatches(
  samples: Int32Array,
  { group, weight }: Pick<Dataset, 'group' | 'weight'>,
  batchSize: number,
  name: string,
): Batching {
  const byDate = new Map<number, number[]>()
  for (const row of samples) {
    if (weight[row] === 0) continue
    const rows = byDate.get(group[row]!)
    if (rows === undefined) byDate.set(group[row]!, [row])
    else rows.push(row)
  }
  const groups = [...byDate.keys()].sort((a, b) => a - b).map((date) => byDate.get(date)!)
  const slots = groups.reduce((most, rows) => Math.max(most, rows.length), 0)
  if (slots < 2) {
    throw new QuorumError('INVALID_VALUE', {
      name: 'loss',
      expected: `huber or mse where no date of the ${name} set has two rows: ic is a correlation across the symbols of a date`,
      value: 'ic',
      remedy: 'Give more symbols, or another loss.',
    })
  }
  const dates = Math.max(1, Math.round(batchSize / slots))
  return {
    layout: { dates, slots },
    batches: (rng) => {
      const order = rng?.permutation(groups.length)
      const count = Math.ceil(groups.length / dates)
      const out = new Int32Array(count * dates * slots)
      const mask = new Float32Array(out.length)
      for (let place = 0; place < count * dates; place++) {
        const at = place < groups.length ? place : 0
        const rows = groups[order?.[at] ?? at]!
        for (let slot = 0; slot < slots; slot++) {
          out[place * slots + slot] = rows[slot] ?? rows[0]!
          mask[place * slots + slot] = place < groups.length && slot < rows.length ? 1 : 0
        }
      }
      return { count, samples: out, mask }
    },
  }
}

function filled(length: number, ones: number): Float32Array {
  return new Float32Array(length).fill(1, 0, ones)
}
