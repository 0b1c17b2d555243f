/**
 * Open inference sessions, shared: whoever asks for the same model on the same device gets the same session, and the last one to give it
 * back closes it.
 */
import { sha256 } from '../../core/canonical-json.ts'
import { resolveDevice } from './devices.ts'
import { openOnnxSession, type OnnxSession } from './onnx-session.ts'
import type { Device } from './predictor.ts'

export interface SessionLease {
  readonly session: OnnxSession
  /** Once a lease. */
  readonly release: () => Promise<void>
}

interface Entry {
  readonly opening: Promise<OnnxSession>
  users: number
}

const entries = new Map<string, Entry>()

export async function leaseSession(
  model: Uint8Array,
  device: Device,
  prepare: (session: OnnxSession) => Promise<void>,
): Promise<SessionLease> {
  const chosen = await resolveDevice(device)
  const key = `${chosen} ${sha256(model)}`
  const entry = entries.get(key) ?? {
    opening: openOnnxSession(model, { device: chosen, keepMemory: false }).then(async (session) => {
      await prepare(session)
      return session
    }),
    users: 0,
  }
  entries.set(key, entry)
  entry.users++
  const leave = async (): Promise<void> => {
    entry.users--
    if (entry.users > 0) return
    entries.delete(key)
    await (await entry.opening).close()
  }
  try {
    return { session: await entry.opening, release: leave }
  } catch (error) {
    entries.delete(key)
    throw error
  }
}
