/** What a command prints: its result on stdout (one JSON object with `--json`), progress and logs on stderr. */
import type { RunProgress } from '../registry/index.ts'

export interface Output {
  readonly json: boolean
  /** The result: the object with --json, the lines otherwise. */
  result(value: unknown, lines: () => readonly string[]): void
  /** A line on stderr for a person. */
  note(line: string): void
  readonly progress: (progress: RunProgress) => void
}

export function createOutput(json: boolean): Output {
  const terminal = process.stderr.isTTY
  let lastAt = 0
  let lastStage = ''
  const clear = (): void => {
    if (terminal && lastStage !== '') process.stderr.write('\r\x1b[K')
    lastStage = ''
  }
  return {
    json,
    result(value, lines) {
      clear()
      process.stdout.write(
        json
          ? `${JSON.stringify(value)}\n`
          : lines()
              .map((line) => `${line}\n`)
              .join(''),
      )
    },
    note(line) {
      clear()
      process.stderr.write(`${line}\n`)
    },
    progress({ stage, done, total, unit = '', detail }) {
      const now = performance.now()
      const interval = terminal ? 100 : 5_000
      if (stage === lastStage && now - lastAt < interval && done < total) return
      lastAt = now
      lastStage = stage
      const line = `${stage}: ${done} of ${total} ${unit}${detail === undefined ? '' : ` (${detail})`}`
      process.stderr.write(terminal ? `\r\x1b[K${line}` : `${line}\n`)
    },
  }
}

/** Columns as wide as their widest cell, numbers to the right. */
export function table(
  header: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string[] {
  const cells = [
    header,
    ...rows.map((row) => row.map((cell) => (cell === null ? '–' : String(cell)))),
  ]
  const widths = header.map((_, k) => Math.max(...cells.map((row) => row[k]!.length)))
  const numeric = header.map(
    (_, k) => rows.length > 0 && rows.every((row) => typeof row[k] === 'number' || row[k] === null),
  )
  return cells.map((row) =>
    row
      .map((cell, k) => (numeric[k] === true ? cell.padStart(widths[k]!) : cell.padEnd(widths[k]!)))
      .join('  ')
      .trimEnd(),
  )
}

export function isoMinute(ms: number | null): string {
  return ms === null ? '–' : new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}

export function fixed(value: number | null | undefined, digits = 4): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits)
}
