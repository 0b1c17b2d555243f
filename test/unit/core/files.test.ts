/** Files that appear whole or not at all. */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packageRoot, writeFileAtomic, writeFolderAtomic } from '../../../core/files.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-files-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('writeFileAtomic', () => {
  it('makes missing folders, replaces what is there and leaves nothing beside it', async () => {
    const path = join(folder, 'a', 'b', 'file')
    await writeFileAtomic(path, 'one')
    await writeFileAtomic(path, new Uint8Array([0, 255]))
    expect([...(await readFile(path))]).toStrictEqual([0, 255])
    expect(await readdir(join(folder, 'a', 'b'))).toStrictEqual(['file'])
  })

  it('never shows a reader half of a file', async () => {
    const path = join(folder, 'file')
    const texts = ['a'.repeat(1_000_000), 'b'.repeat(1_000_001)]
    await writeFileAtomic(path, texts[0]!)
    let writing = true
    const writer = (async () => {
      for (let i = 0; i < 30; i++) await writeFileAtomic(path, texts[i % 2]!)
      writing = false
    })()
    while (writing) expect(texts).toContain(await readFile(path, 'utf8'))
    await writer
  })

  it('keeps the old file when the write fails', async () => {
    const path = join(folder, 'file')
    await writeFileAtomic(path, 'old')
    await expect(writeFileAtomic(path, Symbol('x') as unknown as string)).rejects.toThrow()
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toStrictEqual(['file'])
  })

  it('does not replace a folder', async () => {
    await mkdir(join(folder, 'taken', 'x'), { recursive: true })
    await expect(writeFileAtomic(join(folder, 'taken'), 'x')).rejects.toThrow()
    expect(await readdir(folder)).toStrictEqual(['taken'])
  })
})

describe('writeFolderAtomic', () => {
  const files = { 'model.json': '{}', 'model.onnx': new Uint8Array([1]) }

  it('shows all files at once', async () => {
    const path = join(folder, 'artifacts', 'id')
    await mkdir(join(folder, 'artifacts'))
    await writeFolderAtomic(path, files)
    expect((await readdir(path)).toSorted()).toStrictEqual(['model.json', 'model.onnx'])
  })

  it('lets the folder win that is there, also when many write the same', async () => {
    const path = join(folder, 'id')
    await Promise.all(Array.from({ length: 8 }, () => writeFolderAtomic(path, files)))
    await writeFolderAtomic(path, { other: 'x' })
    expect((await readdir(path)).toSorted()).toStrictEqual(['model.json', 'model.onnx'])
    expect(await readdir(folder)).toStrictEqual(['id'])
  })

  it('leaves nothing when a file cannot be written', async () => {
    const broken = { good: 'x', 'bad\0name': 'x' }
    await expect(writeFolderAtomic(join(folder, 'id'), broken)).rejects.toThrow()
    expect(await readdir(folder)).toStrictEqual([])
  })
})

it('packageRoot is where package.json lies', async () => {
  const text = await readFile(join(packageRoot, 'package.json'), 'utf8')
  expect(JSON.parse(text)).toMatchObject({ name: 'quorum' })
})
