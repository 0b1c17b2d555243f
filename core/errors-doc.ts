/** `docs/reference/errors.md` from the error table; run by `npm run docs:errors`, which writes it. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorTable } from './errors.ts'
import { packageRoot, writeFileAtomic } from './files.ts'

const head = `# Errors

Every error that Quorum raises on purpose has a code of this list. The code is in \`--json\` output, in the problem+json of
HTTP answers and in logs. Written by \`npm run docs:errors\` from \`core/errors.ts\`; do not edit.

Exit codes: 0 done, 2 usage or configuration, 3 bad data, 4 not found, 5 conflict or busy, 6 refused by a gate, a limit or an
integrity check, 1 anything else.
`

/** The page, in the form the formatter would give it. */
export function errorsMarkdown(): string {
  const rows = Object.entries(errorTable).map(([code, { message, status, exit }]) => {
    const text = message
      .replaceAll('\n', ' ')
      .replaceAll('|', '\\|')
      .replace(/\{(\w+)\}/g, '_$1_')
    return [`\`${code}\``, text, String(status), String(exit)]
  })
  const table = [['code', 'message', 'HTTP status', 'exit code'], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  const padded = table.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column]!))))
  padded.splice(1, 0, line(widths.map((width) => '-'.repeat(width))))
  return `${head}\n${padded.join('')}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFileAtomic(join(packageRoot, 'docs', 'reference', 'errors.md'), errorsMarkdown())
}
