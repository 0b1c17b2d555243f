/** Contradictory and half-given flags of `quorum train` are refused by name. */
import { expect, it } from 'vitest'
import { checkTrainFlags } from '../../../cli/train-flags.ts'
import { workFlags } from '../../../cli/training.ts'

const single = { model: 'm', kind: 'ridge', param: {} }

it.each([
  { ...single, symbols: ['SPX'], from: '2010-01-01', to: '2011-01-01', seeds: 3 },
  { ...single, symbols: ['SPX'], rollingDays: 300 },
  { ...single, dataset: 'x.csv', target: 'y', horizon: 2, label: 'y' },
  { recipe: 'x.yaml', param: {}, queue: true, fresh: true },
])('%j is accepted', (options) => {
  expect(() => checkTrainFlags(options)).not.toThrow()
})

it.each<[object, string]>([
  [{ recipe: 'x.yaml', model: 'm' }, 'Give either --recipe or --model, not both'],
  [{ recipe: 'x.yaml', seed: 0 }, 'Give either --recipe or --seed, not both'],
  [{ recipe: 'x.yaml', seeds: 2 }, 'Give either --recipe or --seeds, not both'],
  [{ recipe: 'x.yaml', param: { alpha: 1 } }, 'Give either --recipe or --param, not both'],
  [{ recipe: 'x.yaml', symbols: ['SPX'] }, 'Give either --recipe or --symbols, not both'],
  [{ ...single, rollingDays: 9, to: '2011-01-01' }, 'Give either --rolling-days or --to, not both'],
  [
    { ...single, dataset: 'x.csv', target: 'y', symbols: ['A'] },
    'Give either --dataset or --symbols, not both',
  ],
  [
    { ...single, dataset: 'x.csv', target: 'y', features: 'base' },
    'Give either --dataset or --features, not both',
  ],
  [{ ...single, symbols: ['A'], target: 'y' }, 'Give --dataset with --target'],
  [{ ...single, symbols: ['A'], horizon: 1 }, 'Give --dataset with --horizon'],
  [{ ...single, dataset: 'x.csv' }, 'Give --target with --dataset'],
  [{ kind: 'ridge' }, 'Give --model, or --recipe FILE.'],
  [{ model: 'm' }, 'Give --kind, or --recipe FILE.'],
])('%j is refused', (options, reason) => {
  expect(() => checkTrainFlags({ ...options })).toThrow(reason)
})

it('keeps --workers to work done here, and --wait to enqueued work', () => {
  expect(workFlags({ workers: 2, fresh: true })).toEqual({ 'training.workers': 2 })
  expect(workFlags({ queue: true, wait: true })).toEqual({ 'training.workers': undefined })
  expect(() => workFlags({ wait: true })).toThrow('--wait follows an enqueued run')
  expect(() => workFlags({ queue: true, workers: 3 })).toThrow('--workers 3 is for work done here')
})
