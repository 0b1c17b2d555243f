/** Argument checks, name suggestions, clock and log. */
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  check,
  checkInteger,
  checkNumber,
  checkOneOf,
  rankByDistance,
  unknownName,
} from '../../../core/checks.ts'
import { ManualClock, systemClock } from '../../../core/clock.ts'
import { packageRoot } from '../../../core/files.ts'

describe('checks', () => {
  it('name the value, what it must be and the remedy', () => {
    expect(() => check(false, 'window', 'even', 3, 'Use 4.')).toThrow(
      'window must be even, got 3. Use 4.',
    )
    expect(() => checkInteger('bars', 1.5, { min: 1, max: 9 })).toThrow(
      'bars must be an integer ≥ 1 ≤ 9, got 1.5',
    )
    expect(() => checkInteger('bars', 0, { min: 1 })).toThrow('≥ 1')
    expect(() => checkNumber('rate', NaN)).toThrow('rate must be a finite number, got NaN')
    expect(() => checkNumber('rate', 2, { max: 1 })).toThrow('≤ 1')
    expect(() => checkOneOf('side', 'by', ['buy', 'sell'])).toThrow(
      'side must be one of buy, sell, got "by"',
    )
    checkInteger('bars', 9, { min: 1, max: 9 })
    checkNumber('rate', 1, { max: 1 })
    checkOneOf('side', 'buy', ['buy', 'sell'])
  })

  it('puts the nearest names first', () => {
    expect(rankByDistance('lsmt', ['gru', 'lstm', 'linear'])[0]).toBe('lstm')
    expect(unknownName('kind', 'x', []).message).toBe('There is no kind x. Known: none.')
    const many = Array.from({ length: 40 }, (_, i) => `name${i}`)
    expect(unknownName('kind', 'name7', many).details['known']).toMatch(/^name7, /)
  })

  it('ranks by a distance: zero for itself, one for any single edit, as far back as forth', () =>
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), fc.nat(), (a, b, at) => {
        const i = at % a.length
        const edited = a.slice(0, i) + a.slice(i + 1)
        expect(rankByDistance(a, [b + '!!', edited, a])[0]).toBe(a)
        expect(rankByDistance(a, [`${a}xyz`, edited])[0]).toBe(edited)
      }),
    ))
})

describe('clocks', () => {
  it('the system’s sleeps and is woken by its signal', async () => {
    const start = systemClock.now()
    await systemClock.sleep(20)
    expect(systemClock.now() - start).toBeGreaterThanOrEqual(18)
    const abort = new AbortController()
    const sleeping = systemClock.sleep(60_000, abort.signal)
    abort.abort(new Error('up'))
    await expect(sleeping).rejects.toThrow('up')
    await expect(systemClock.sleep(60_000, abort.signal)).rejects.toThrow('up')
  })

  it('the manual one wakes sleepers in order of their time', async () => {
    const clock = new ManualClock(100)
    const order: string[] = []
    const all = [
      clock.sleep(20).then(() => order.push('late')),
      clock.sleep(10).then(() => order.push('early')),
      clock.sleep(500).then(() => order.push('never')),
    ]
    clock.advance(20)
    await Promise.all(all.slice(0, 2))
    expect(order).toStrictEqual(['early', 'late'])
    expect(clock.now()).toBe(120)
    const abort = new AbortController()
    const sleeping = clock.sleep(1, abort.signal)
    abort.abort(new Error('up'))
    await expect(sleeping).rejects.toThrow('up')
  })
})

describe('the log', () => {
  it('writes JSON on stderr alone, and no secret', () => {
    const code = `import { createLog } from './core/log.ts'
      const log = createLog({ level: 'info' })
      log.info({ token: 'hush', server: { token: 'hush', deep: { password: 'hush' } }, port: 1 }, 'ready')
      log.debug('too fine')`
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', code],
      { encoding: 'utf8', cwd: packageRoot },
    )
    expect(stdout).toBe('')
    expect(stderr).not.toContain('hush')
    const lines = stderr.trim().split('\n')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      name: 'quorum',
      level: 30,
      msg: 'ready',
      port: 1,
    })
  })
})
