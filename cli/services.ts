/** Shared by the commands that stay up. */
export function serverFlags({
  port,
  host,
}: {
  port?: number
  host?: string
}): Record<string, unknown> {
  return {
    ...(port === undefined ? {} : { 'server.port': port }),
    ...(host === undefined ? {} : { 'server.host': host }),
  }
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
