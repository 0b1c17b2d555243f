/** The error table, its rendering, and docs/reference/errors.md, which shows the same, no more and no less. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { asQuorumError, errorTable, QuorumError, type ErrorCode } from '../../../core/errors.ts'
import { errorsMarkdown } from '../../../core/errors-doc.ts'
import { packageRoot } from '../../../core/files.ts'

const codes = Object.keys(errorTable) as ErrorCode[]

describe('the table', () => {
  it.each(codes)('%s is a sentence with a known status and exit code', (code) => {
    const { message, status, exit } = errorTable[code]
    expect(message).toMatch(/^(\{|[A-Z])/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect([1, 2, 3, 4, 5, 6]).toContain(exit)
  })

  it('has no code that nothing raises', async () => {
    const layers = [
      'core',
      'market',
      'features',
      'models',
      'execution',
      'registry',
      'pipelines',
      'serving',
      'cli',
    ]
    const sources = await Promise.all(layers.map((layer) => readSources(join(packageRoot, layer))))
    const text = sources.join('\n')
    const unused = codes.filter((code) => !new RegExp(`'${code}'`).test(text))
    expect(unused).toStrictEqual([])
  })

  async function readSources(folder: string): Promise<string> {
    const names = await readdir(folder, { recursive: true }).catch(() => [])
    const files = names.filter((name) => name.endsWith('.ts') && !/^errors(-doc)?\.ts$/.test(name))
    return (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).join('\n')
  }
})

describe('QuorumError', () => {
  it('fills its template and carries code, details, status and exit code', () => {
    const cause = new Error('why')
    const details = { path: '/data', pid: 7 }
    const error = new QuorumError('FOLDER_BUSY', details, { cause })
    expect(error.message).toBe(
      'The data folder /data is held by process 7, which does not answer. End that process (kill 7) and try again.',
    )
    expect(error).toMatchObject({ name: 'QuorumError', status: 503, exitCode: 5, details, cause })
  })

  it('leaves out what is not given', () => {
    const error = new QuorumError('INVALID_VALUE', { name: 'x', expected: 'y', value: 'z' })
    expect(error.message).toBe('x must be y, got z.')
  })

  it('wraps what is none, once', () => {
    const plain = new TypeError('bug')
    const wrapped = asQuorumError(plain)
    expect(wrapped).toMatchObject({ code: 'INTERNAL', message: 'bug', cause: plain, exitCode: 1 })
    expect(asQuorumError(wrapped)).toBe(wrapped)
    expect(asQuorumError('text')).toMatchObject({ code: 'INTERNAL', message: 'text' })
  })
})

describe('docs/reference/errors.md', () => {
  it('is what the table gives: npm run docs:errors', async () => {
    const text = await readFile(join(packageRoot, 'docs', 'reference', 'errors.md'), 'utf8')
    expect(text).toBe(errorsMarkdown())
  })

  it('has one row for every code', () => {
    const rows = [...errorsMarkdown().matchAll(/^\| `(\w+)` +\|/gm)].map(([, code]) => code)
    expect(rows).toStrictEqual(codes)
  })
})
