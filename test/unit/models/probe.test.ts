/** What `quorum doctor` says of runtimes: numbers for those that are there, a reason for those that are not. */
import { expect, it } from 'vitest'
import { tfjsBackends } from '../../../core/config/index.ts'
import { concreteDevices, whyMissing } from '../../../models/runtime/devices.ts'
import { probeRuntimes } from '../../../models/runtime/probe.ts'

it('tries every runtime on every device and backend, and holds it to the reference', async () => {
  const reports = await probeRuntimes()
  expect(reports.map(({ runtime, device }) => `${runtime} ${device}`)).toEqual([
    ...concreteDevices.map((device) => `onnx ${device}`),
    ...tfjsBackends.map((backend) => `tfjs ${backend}`),
  ])
  const always = ['onnx cpu', 'tfjs cpu', 'tfjs wasm']
  for (const report of reports) {
    const name = `${report.runtime} ${report.device}`
    if (always.includes(name)) expect(report, name).toMatchObject({ available: true })
    if (!report.available) {
      expect(report.reason.length, name).toBeGreaterThan(10)
      continue
    }
    expect(report.agrees, name).toBe(true)
    expect(report.difference, name).toBeLessThan(1e-4)
    // Float32 against float64: no difference at all would mean that one is compared with itself.
    expect(report.difference, name).toBeGreaterThan(0)
    expect(report.milliseconds, name).toBeGreaterThan(0)
  }
  for (const report of await probeRuntimes({ tolerance: 0 }))
    if (report.available) expect(report.agrees).toBe(false)
  for (const device of concreteDevices) {
    const reason = await whyMissing(device)
    const report = reports.find((one) => one.runtime === 'onnx' && one.device === device)
    expect(report).toMatchObject(
      reason === undefined ? { available: true } : { available: false, reason },
    )
  }
})
