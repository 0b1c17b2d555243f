/** A reference in Python that stays up between measurements: one request a line, one number a line back. */
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const python = process.env['PYTHON'] ?? 'python3'

export interface ReferenceProcess {
  ask(request: string): Promise<number>
  close(): void
}

/** Undefined where Python has not the module. */
export function startReference(script: string, module: string): ReferenceProcess | undefined {
  if (spawnSync(python, ['-c', `import ${module}`]).status !== 0) return undefined
  const path = fileURLToPath(new URL(`reference/${script}`, import.meta.url))
  const child = spawn(python, [path], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(request) {
      child.stdin.write(`${request}\n`)
      const line = (await lines.next()) as IteratorResult<string, undefined>
      if (line.done === true) throw new Error(`${script} ended while it was asked: ${request}`)
      return Number(line.value)
    },
    close: () => child.stdin.end(),
  }
}
