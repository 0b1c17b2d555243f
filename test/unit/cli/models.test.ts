/** How versions are named on the command line, and how exports reach the disk. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeExport } from '../../../cli/export-files.ts'
import { modelReference } from '../../../cli/model-reference.ts'

describe('modelReference', () => {
  it('reads the version after the @, or beside the name', () => {
    expect(modelReference('spx.lstm')).toEqual({ model: 'spx.lstm' })
    expect(modelReference('spx@3')).toEqual({ model: 'spx', version: '3' })
    expect(modelReference('spx@champion')).toEqual({ model: 'spx', version: 'champion' })
    expect(modelReference('spx', '3')).toEqual({ model: 'spx', version: '3' })
    expect(modelReference('spx@3', '3')).toEqual({ model: 'spx', version: '3' })
  })

  it('refuses two different versions, and an @ without a side', () => {
    expect(() => modelReference('spx@3', '4')).toThrow(/names a version already; leave out 4/)
    for (const text of ['spx@', '@3', 'a@b@c', ''])
      expect(() => modelReference(text)).toThrow(/NAME or NAME@VERSION/)
  })
})

describe('writeExport', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quorum-export-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  const one = { 'model.onnx': bytes('one') }
  const two = { 'model.json': bytes('{}'), 'weights.bin': bytes('w') }

  it('writes one file as the path itself, several as a folder', async () => {
    const [file, many] = [join(folder, 'new', 'my.onnx'), join(folder, 'many')]
    await writeExport(file, one, { force: false })
    await writeExport(many, two, { force: false })
    expect(await readFile(file, 'utf8')).toBe('one')
    expect((await readdir(many)).sort()).toEqual(['model.json', 'weights.bin'])
    expect(await readFile(join(many, 'weights.bin'), 'utf8')).toBe('w')
  })

  it('replaces an earlier export only when told to', async () => {
    const [file, many] = [join(folder, 'my.onnx'), join(folder, 'many')]
    for (const [path, files, again] of [
      [file, one, { 'model.onnx': bytes('again') }],
      [many, two, { ...two, 'weights.bin': bytes('again') }],
    ] as const) {
      await writeExport(path, files, { force: false })
      await expect(writeExport(path, again, { force: false })).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/is there already/) as string,
      })
      await writeExport(path, again, { force: true })
    }
    expect(await readFile(file, 'utf8')).toBe('again')
    expect(await readFile(join(many, 'weights.bin'), 'utf8')).toBe('again')
    expect((await readdir(folder)).sort()).toEqual(['many', 'my.onnx'])
  })

  it('never replaces a folder that holds anything else, nor a folder by a file or the reverse', async () => {
    const mine = join(folder, 'mine')
    await mkdir(mine)
    await writeFile(join(mine, 'thesis.txt'), 'years')
    await expect(writeExport(mine, two, { force: true })).rejects.toThrow(/also holds thesis.txt/)
    await expect(writeExport(mine, one, { force: true })).rejects.toThrow(/is a folder/)
    const file = join(folder, 'file')
    await writeFile(file, 'text')
    await expect(writeExport(file, two, { force: true })).rejects.toThrow(/is a file/)
    expect(await readFile(join(mine, 'thesis.txt'), 'utf8')).toBe('years')
    expect(await readdir(mine)).toEqual(['thesis.txt'])
    expect(await readFile(file, 'utf8')).toBe('text')
  })
})
