/** Checkpoints: not before two seconds, and never more than a twentieth of the time. */
import { expect, it } from 'vitest'
import { checkpointPace } from '../../../pipelines/train/checkpoint-pace.ts'

it('is due two seconds after the start and after each save', async () => {
  let now = 500
  const pace = checkpointPace(() => now)
  expect(pace.due()).toBe(false)
  now += 1_999
  expect(pace.due()).toBe(false)
  now += 1
  expect(pace.due()).toBe(true)
  await pace.measure(() => Promise.resolve())
  expect(pace.due()).toBe(false)
  now += 2_000
  expect(pace.due()).toBe(true)
})

it('waits twenty times what the last save took', async () => {
  let now = 0
  const pace = checkpointPace(() => now)
  await pace.measure(() => {
    now += 500
    return Promise.resolve()
  })
  now += 9_999
  expect(pace.due()).toBe(false)
  now += 1
  expect(pace.due()).toBe(true)
})
