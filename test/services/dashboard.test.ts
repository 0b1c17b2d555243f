/** The dashboard in a real browser: Chromium must be there, a missing one fails. */
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExperiment, ensureSymbols, runInline } from '../../pipelines/index.ts'
import { startServer, type QuorumServer } from '../../serving/index.ts'
import { testPlatform, type TestPlatform } from '../support/platform.ts'

let host: TestPlatform
let server: QuorumServer
let browser: Browser

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  })
  host = await testPlatform()
  await ensureSymbols(host.platform, ['SPX'])
  const recipe = {
    model: 'm',
    kind: 'ridge',
    symbols: ['SPX'],
    window: { from: '2005-01-01', to: '2012-12-31' },
  }
  for (let k = 0; k < 2; k++) {
    await runInline(
      host.platform,
      'train',
      { recipe, author: 'test' },
      { signal: new AbortController().signal, model: 'm' },
    )
  }
  server = await startServer(host.platform, { host: '127.0.0.1', port: 0, bodyLimitBytes: 1e6 })
})
afterAll(async () => {
  await browser.close()
  await server.close()
  await host.close()
})

it('shows equity, signals, versions and jobs, and follows a session live', async () => {
  const session = await createExperiment(
    host.platform,
    {
      model: 'm',
      champion: 1,
      challenger: 2,
      source: { type: 'replay', from: '2013-02-01', to: '2013-12-31' },
    },
    'inline',
  )
  for (let k = 0; k < 30; k++) await session.advance()
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto(server.url)
  await page.waitForFunction("document.querySelectorAll('#arms tr').length === 2")
  await page.waitForFunction("document.querySelectorAll('#versions tr').length === 2")
  await page.waitForFunction(
    "document.querySelectorAll('#equity canvas').length === 1 && document.querySelectorAll('#difference canvas').length === 1",
  )
  await page.waitForFunction("document.getElementById('status').textContent === 'live'")
  expect(await page.textContent('#signals')).toContain('SPX')
  expect(await page.textContent('#jobs')).toContain('succeeded')
  const before = await page.textContent('#signals tr td:nth-child(3)')
  server.publishMoment(session.id, (await session.advance())!)
  await page.waitForFunction(
    `document.querySelector('#signals tr td:nth-child(3)').textContent !== ${JSON.stringify(before)}`,
  )
  expect(errors).toEqual([])
  await session.dispose()
  await page.close()
})
