/** Documents are executed: every notebook, and every fence tagged `sh run` or `ts run` in README and docs, on the built package. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../../core/files.ts'
import { createTestDatabase, testDatabaseKind } from '../support/database.ts'

const run = promisify(execFile)

async function files(folder: string, extension: string): Promise<string[]> {
  const entries = await readdir(join(packageRoot, folder), { recursive: true })
  return entries.filter((name) => name.endsWith(extension)).map((name) => join(folder, name))
}

const notebooks = await files('notebooks', '.ipynb')
const pages = ['README.md', ...(await files('docs', '.md'))]
const texts = await Promise.all(pages.map((page) => readFile(join(packageRoot, page), 'utf8')))
const fences = texts.flatMap((text, k) =>
  [...text.matchAll(/^```(sh|ts) run\n([\s\S]*?)^```/gm)].map(([, language, code], n) => ({
    name: `${pages[k]!} ${language!} ${n + 1}`,
    page: pages[k]!,
    language: language!,
    code: code!,
  })),
)

async function execute(
  language: string,
  code: string,
  data: string,
  more: Record<string, string> = {},
): Promise<string> {
  const env = { ...process.env, QUORUM_DATA: data, ...more }
  // The command as a function, so that a fence reads as a person would type it.
  const shell = `set -e\nquorum() { ${process.execPath} dist/cli/main.js "$@"; }\n${code}`
  const [file, args] =
    language === 'sh'
      ? (['bash', ['-c', shell]] as const)
      : ([process.execPath, ['--input-type=module', '-e', code]] as const)
  const { stdout } = await run(file, args, { cwd: packageRoot, env, maxBuffer: 1e8 })
  return stdout
}

/** A data folder with an embedded database and nothing in it, made once: making one takes seconds. */
const empty = await mkdtemp(join(tmpdir(), 'quorum-documents-'))
beforeAll(async () => {
  if (testDatabaseKind === 'postgres') return
  await execute('sh', 'quorum models list', empty, { DATABASE_URL: '' })
})
afterAll(() => rm(empty, { recursive: true, force: true }))

async function withFolder<T>(
  work: (folder: string, env: Record<string, string>) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'quorum-documents-'))
  const database = testDatabaseKind === 'postgres' ? await createTestDatabase() : undefined
  if (database === undefined) await cp(empty, folder, { recursive: true })
  try {
    return await work(
      folder,
      database === undefined ? { DATABASE_URL: '' } : { DATABASE_URL: database.url },
    )
  } finally {
    await database?.drop()
    await rm(folder, { recursive: true, force: true })
  }
}

describe('notebooks', () => {
  it.each(notebooks)('%s runs from its first cell to its last', async (name) => {
    const { cells } = JSON.parse(await readFile(join(packageRoot, name), 'utf8')) as {
      cells: { cell_type: string; source: string[] }[]
    }
    const code = cells
      .filter((cell) => cell.cell_type === 'code')
      .map((cell) => cell.source.join(''))
    const output = await withFolder((folder, env) => execute('ts', code.join('\n'), folder, env))
    expect(output).toMatch(/5105 rows/)
    expect(output).toMatch(/served version 1 SPX/)
  })
})

describe('fences', () => {
  it('are there', () => {
    expect(fences.length).toBeGreaterThanOrEqual(3)
  })

  it.each([...new Set(fences.map((fence) => fence.page))])(
    'of %s run in order, in one folder',
    async (page) => {
      await withFolder(async (folder, env) => {
        for (const { language, code } of fences.filter((fence) => fence.page === page)) {
          expect((await execute(language, code, folder, env)).length).toBeGreaterThan(0)
        }
      })
    },
  )
})
