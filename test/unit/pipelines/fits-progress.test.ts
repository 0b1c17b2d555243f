/** Progress of one and of several fits: positions, losses, rates, and time left at the measured pace. */
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../core/clock.ts'
import { fitsProgress } from '../../../pipelines/train/fits-progress.ts'
import type { RunProgress } from '../../../registry/index.ts'

function follow(models: readonly string[]) {
  const clock = new ManualClock(1_000_000)
  const said: RunProgress[] = []
  const progress = fitsProgress({ stage: 'all', models, clock, report: (one) => said.push(one) })
  return { clock, progress, last: () => said.at(-1)!, said }
}

const at = (done: number, more: object = {}) => ({ done, total: 100, unit: 'steps', ...more })

describe('a single fit', () => {
  it('is told by its own name and unit, with losses and rate as the kind gives them', () => {
    const { progress, last } = follow(['m'])
    progress.begin('m')
    progress.report('m', at(10, { trainLoss: 0.5, validationLoss: 0.6, rowsPerSecond: 1234.4 }))
    expect(last()).toEqual({
      ...{ stage: 'm', done: 10, total: 100, unit: 'steps' },
      ...{ trainLoss: 0.5, validationLoss: 0.6, rowsPerSecond: 1234 },
    })
  })

  it('takes the time left from the pace since its first report, whatever opening it took', () => {
    const { clock, progress, last } = follow(['m'])
    progress.begin('m')
    clock.advance(60_000)
    progress.report('m', at(10))
    expect(last()).not.toHaveProperty('secondsLeft')
    clock.advance(5_000)
    progress.report('m', at(20))
    // 10 of 100 in 5 s, 80 to go.
    expect(last().secondsLeft).toBeCloseTo(40, 9)
  })

  it('does not count what a checkpoint brought as pace', () => {
    const { clock, progress, last } = follow(['m'])
    progress.begin('m')
    progress.report('m', at(70))
    clock.advance(2_000)
    progress.report('m', at(80))
    expect(last().secondsLeft).toBeCloseTo(4, 9)
  })

  it('keeps the newest validation loss in sight between validations', () => {
    const { progress, last } = follow(['m'])
    progress.begin('m')
    progress.report('m', at(10, { trainLoss: 0.5, validationLoss: 0.6 }))
    progress.report('m', at(11, { trainLoss: 0.4 }))
    expect(last()).toMatchObject({ done: 11, trainLoss: 0.4, validationLoss: 0.6 })
  })
})

describe('several fits', () => {
  it('are one progress in fits, with each that is at work and the rate of all', () => {
    const { progress, last } = follow(['a', 'b', 'c', 'd'])
    progress.begin('a')
    progress.begin('b')
    progress.report('a', at(50, { trainLoss: 0.5, rowsPerSecond: 100 }))
    progress.report('b', at(25, { trainLoss: 0.7, rowsPerSecond: 200 }))
    expect(last()).toEqual({
      ...{ stage: 'all', done: 0.75, total: 4, unit: 'fits', rowsPerSecond: 300 },
      fits: [
        { name: 'a', done: 50, total: 100, unit: 'steps', trainLoss: 0.5 },
        { name: 'b', done: 25, total: 100, unit: 'steps', trainLoss: 0.7 },
      ],
    })
    progress.end('a')
    expect(last()).toMatchObject({ done: 1.25, rowsPerSecond: 200 })
    expect(last().fits!.map(({ name }) => name)).toEqual(['b'])
    for (const name of ['b', 'c', 'd']) progress.end(name)
    expect(last()).toMatchObject({ done: 4, total: 4, fits: [] })
  })

  it('expect of those that wait what those at work took', () => {
    const { clock, progress, last } = follow(['a', 'b'])
    progress.begin('a')
    progress.report('a', at(0))
    clock.advance(10_000)
    progress.report('a', at(50))
    expect(last().secondsLeft).toBeCloseTo(30, 9)
    // It stopped early: all of it is done after 10 s, and so will the other be.
    progress.end('a')
    expect(last().secondsLeft).toBeCloseTo(10, 9)
    expect(last().done).toBe(1)
  })

  it('count a fit that began again from where it is', () => {
    const { progress, last } = follow(['a', 'b'])
    progress.begin('a')
    progress.report('a', at(90))
    progress.begin('a')
    progress.report('a', at(1))
    expect(last().done).toBe(0.01)
  })
})
