/**
 * Columns into a Parquet or CSV file, part by part: what is in memory is a group of rows, however long the table grows. A column
 * of numbers is DOUBLE, one of strings VARCHAR; a missing number is NaN in Parquet, an empty field in CSV.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ByteWriter, ParquetWriter, SchemaElement } from 'hyparquet-writer'
import type { Column, StringColumn } from '../../core/frame.ts'

type Columns = Readonly<Record<string, Column>>

interface Sink {
  /** Takes what it is given before it answers. */
  append(columns: Columns, rows: number): Promise<void>
  end(): Promise<void>
}

/** Rows of a group: 160 columns of them are 40 MB. */
const groupRows = 32_768

/** Writes a file that appears whole or not at all (temporary name, fsync, rename). */
export async function writeParquet(path: string, columns: Columns): Promise<void> {
  await writeTable(path, async (append) => append(columns))
}

/**
 * Writes a table that need not fit in memory: `produce` appends parts with the same columns, which are its own again once that
 * is done. The format follows the extension, `.csv` or Parquet. The file appears whole or not at all.
 * @returns rows written.
 */
export async function writeTable(
  path: string,
  produce: (append: (columns: Columns) => Promise<void>) => Promise<void>,
): Promise<number> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  const file = await open(temporary, 'wx')
  let written = 0
  try {
    const sink = path.endsWith('.csv') ? csvSink(file) : parquetSink(file)
    await produce(async (columns) => {
      const [first] = Object.values(columns)
      const rows = first === undefined ? 0 : columnLength(first)
      await sink.append(columns, rows)
      written += rows
    })
    await sink.end()
    await file.sync()
    await file.close()
    await rename(temporary, path)
  } catch (error) {
    await file.close()
    await rm(temporary, { force: true })
    throw error
  }
  await syncPath(dirname(path))
  return written
}

/** Missing numbers are NaN, not null. Statistics let readers skip groups by time; of features nobody asks for ranges. */
function parquetSink(file: FileHandle): Sink {
  let held: Columns[] = []
  let heldRows = 0
  let writer: ParquetWriter | undefined
  let bytes: FileBytes | undefined
  const flush = async (): Promise<void> => {
    const names = Object.keys(held[0] ?? {})
    const columnData = names.map((name) => ({
      name,
      data: joined(held.map((part) => part[name]!)),
      statistics: name === 'time',
    }))
    await writer!.write({ columnData, rowGroupSize: groupRows })
    held = []
    heldRows = 0
  }
  return {
    async append(columns, rows) {
      if (writer === undefined) {
        const library = await import('hyparquet-writer')
        bytes = fileBytes(file, new library.ByteWriter())
        writer = new library.ParquetWriter({ writer: bytes, schema: schemaOf(columns) })
      }
      for (let from = 0; from < rows;) {
        const to = Math.min(rows, from + groupRows - heldRows)
        held.push(sliced(columns, from, to))
        heldRows += to - from
        from = to
        if (heldRows === groupRows) await flush()
      }
    },
    async end() {
      if (heldRows > 0) await flush()
      await writer?.finish()
      await bytes?.flush()
    },
  }
}

type FileBytes = ByteWriter & { flush(): Promise<void> }

/** Bytes that go to the file after each group. */
function fileBytes(file: FileHandle, writer: ByteWriter): FileBytes {
  return Object.assign(writer, {
    async flush(): Promise<void> {
      await file.writeFile(writer.getBytes())
      writer.index = 0
    },
  })
}

function schemaOf(columns: Columns): SchemaElement[] {
  const fields = Object.entries(columns).map(([name, column]): SchemaElement =>
    isStrings(column)
      ? { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }
      : { name, type: 'DOUBLE', repetition_type: 'REQUIRED' },
  )
  return [{ name: 'root', num_children: fields.length }, ...fields]
}

function sliced(columns: Columns, from: number, to: number): Columns {
  const parts = Object.entries(columns).map(([name, column]): [string, Column] => [
    name,
    isStrings(column) ? { ...column, codes: column.codes.slice(from, to) } : column.slice(from, to),
  ])
  return Object.fromEntries(parts)
}

function joined(parts: readonly Column[]): Float64Array | (string | null)[] {
  const rows = parts.reduce((sum, part) => sum + columnLength(part), 0)
  if (parts.some(isStrings)) return (parts as StringColumn[]).flatMap(texts)
  const numbers = new Float64Array(rows)
  let at = 0
  for (const part of parts as Float64Array[]) {
    numbers.set(part, at)
    at += part.length
  }
  return numbers
}

function texts({ codes, values }: StringColumn): (string | null)[] {
  return Array.from(codes, (code) => (code < 0 ? null : values[code]!))
}

function csvSink(file: FileHandle): Sink {
  let begun = false
  return {
    async append(columns, rows) {
      if (!begun) await file.writeFile(`${Object.keys(columns).map(csvText).join()}\n`)
      begun = true
      const own = Object.values(columns).map((column) =>
        isStrings(column) ? texts(column) : column,
      )
      for (let from = 0; from < rows; from += csvRows) {
        const lines: string[] = []
        for (let i = from; i < Math.min(rows, from + csvRows); i++)
          lines.push(`${own.map((column) => csvField(column[i]!)).join()}\n`)
        await file.writeFile(lines.join(''))
      }
    },
    end: () => Promise.resolve(),
  }
}

/** Lines written at a time. */
const csvRows = 1_024

/** The shortest text that reads back as the same number. */
function csvField(value: number | string | null): string {
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value)
  return value === null ? '' : csvText(value)
}

function csvText(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function isStrings(column: Column): column is StringColumn {
  return 'codes' in column
}

function columnLength(column: Column): number {
  return isStrings(column) ? column.codes.length : column.length
}

/** Flushes a file or a folder's entries to the disk. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
