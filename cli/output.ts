/**
 * What a command prints: its result on stdout (one JSON object with `--json`), progress, notes and logs on stderr. With
 * `--json` progress and notes are lines of JSON: `{"progress": …}`, `{"note": …}`.
 */
import type { RunProgress } from '../registry/index.ts'
import { progressLine } from './progress-line.ts'

/** A terminal, or a stream that is none. */
export interface ErrorStream {
  readonly isTTY: boolean
  readonly columns: number
  write(text: string): unknown
}

export interface Output {
  readonly json: boolean
  /** The result: the object with --json, the lines otherwise. */
  result(value: unknown, lines: () => readonly string[]): void
  /** A line on stderr for a person. */
  note(line: string): void
  readonly progress: (progress: RunProgress) => void
}

/** Milliseconds between two lines of progress: a terminal's is rewritten, JSON is for programs, others are for logs. */
const intervals = { terminal: 100, json: 1_000, log: 5_000 } as const

/** `stderr` and `now` (milliseconds that never go back) are for tests. */
export function createOutput(
  json: boolean,
  {
    stderr = process.stderr,
    now = () => performance.now(),
  }: { readonly stderr?: ErrorStream; readonly now?: () => number } = {},
): Output {
  const terminal = stderr.isTTY && !json
  const interval = intervals[terminal ? 'terminal' : json ? 'json' : 'log']
  let lastAt = 0
  let lastStage = ''
  const clear = (): void => {
    if (terminal && lastStage !== '') stderr.write('\r\x1b[K')
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
      stderr.write(json ? `${JSON.stringify({ note: line })}\n` : `${line}\n`)
    },
    progress(progress) {
      const { stage, done, total } = progress
      if (stage === lastStage && now() - lastAt < interval && done < total) return
      lastAt = now()
      lastStage = stage
      if (json) stderr.write(`${JSON.stringify({ progress })}\n`)
      else if (!terminal) stderr.write(`${progressLine(progress)}\n`)
      // A line that wraps could not be rewritten.
      else stderr.write(`\r\x1b[K${progressLine(progress).slice(0, stderr.columns - 1)}`)
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
