/** What goes to stderr: a rewritten line on a terminal, a line now and then elsewhere, JSON for programs. */
import { beforeEach, describe, expect, it } from 'vitest'
import { createOutput } from '../../../cli/output.ts'
import { progressLine } from '../../../cli/progress-line.ts'

describe('the line', () => {
  it('tells position, losses, rate and time left', () => {
    expect(
      progressLine({
        ...{ stage: 'spx', done: 1_200, total: 3_720, unit: 'steps', trainLoss: 0.33512 },
        ...{ validationLoss: 0.34119, rowsPerSecond: 35_210, secondsLeft: 11.2 },
      }),
    ).toBe('spx: 1,200 of 3,720 steps, loss 0.3351, validation 0.3412, 35,210 rows/s, 12 s left')
  })

  it('covers several fits', () => {
    const fit = { done: 5, total: 10, unit: 'steps' }
    expect(
      progressLine({
        ...{ stage: 'spx', done: 1.37, total: 5, unit: 'fits', secondsLeft: 600 },
        fits: [
          { name: 'spx-s2', ...fit, trainLoss: 0.5, validationLoss: 0.25 },
          { name: 'spx-s3', ...fit },
        ],
      }),
    ).toBe('spx: 1.37 of 5 fits (spx-s2 loss 0.5000 validation 0.2500, spx-s3), 10 min left')
  })

  it('is as short as there is to say, also for other work', () => {
    expect(progressLine({ stage: 'ingest', done: 1, total: 2, detail: 'SPX' })).toBe(
      'ingest: 1 of 2 (SPX)',
    )
    const left = (secondsLeft: number): string =>
      progressLine({ stage: 'm', done: 1, total: 2, secondsLeft }).slice('m: 1 of 2, '.length)
    expect([99, 101, 7_200].map(left)).toEqual(['99 s left', '2 min left', '2.0 h left'])
  })
})

describe('progress', () => {
  let now: number
  let written: string[]
  beforeEach(() => {
    now = 0
    written = []
  })
  const open = (json: boolean, isTTY: boolean) =>
    createOutput(json, {
      stderr: { isTTY, columns: 16, write: (text) => written.push(text) },
      now: () => now,
    })
  const at = (done: number) => ({ stage: 'm', done, total: 1_000, unit: 'steps' })

  it('rewrites one line of a terminal, never longer than it, ten times a second', () => {
    const output = open(false, true)
    output.progress(at(1))
    now = 99
    output.progress(at(2))
    now = 100
    output.progress(at(3))
    expect(written).toEqual(['\r\x1b[Km: 1 of 1,000 s', '\r\x1b[Km: 3 of 1,000 s'])
    output.note('resumed')
    expect(written.slice(2)).toEqual(['\r\x1b[K', 'resumed\n'])
  })

  it('writes a line every five seconds elsewhere, a new stage and the end at once', () => {
    const output = open(false, false)
    for (const second of [0, 4.9, 5, 6]) {
      now = 1_000 * second
      output.progress(at(second * 10))
    }
    output.progress({ ...at(1), stage: 'n' })
    output.progress({ ...at(1_000), stage: 'n' })
    expect(written).toEqual([
      'm: 0 of 1,000 steps\n',
      'm: 50 of 1,000 steps\n',
      'n: 1 of 1,000 steps\n',
      'n: 1,000 of 1,000 steps\n',
    ])
  })

  it('writes JSON with --json, also on a terminal, with all fields, a line a second', () => {
    const output = open(true, true)
    const progress = { ...at(1), trainLoss: 0.5, rowsPerSecond: 10, secondsLeft: 3 }
    output.progress(progress)
    now = 999
    output.progress(progress)
    now = 1_000
    output.progress(progress)
    output.note('resumed')
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
      { progress },
      { progress },
      { note: 'resumed' },
    ])
  })
})
