/** `docs/reference/errors.md` from the error table. */
import { errorTable } from './errors.ts'

const head = `# Errors

Every error that Quorum raises on purpose has a code of this list. The code is in \`--json\` output, in the problem+json of
HTTP answers and in logs. Written by \`npm run docs:errors\` from \`core/errors.ts\`; do not edit.

Exit codes: 0 done, 2 usage or configuration, 3 bad data, 4 not found, 5 conflict or busy, 6 refused by a gate, a limit or an
integrity check, 1 anything else.

| code | message | HTTP status | exit code |
|---|---|---|---|
`

export function errorsMarkdown(): string {
  const rows = Object.entries(errorTable).map(([code, { message, status, exit }]) => {
    const text = message.replaceAll('|', '\\|').replace(/\{(\w+)\}/g, '*$1*')
    return `| \`${code}\` | ${text} | ${status} | ${exit} |\n`
  })
  return head + rows.join('')
}
