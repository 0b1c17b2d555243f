/**
 * Compiles the tree learner's kernels: `npm run kernels` writes models/trees/kernels/kernels.wasm, with `--check` it only compares
 * and exits 1 where the committed file is not what its source gives.
 */
import asc from 'assemblyscript/asc'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageRoot, writeFileAtomic } from '../core/files.ts'

const folder = join(packageRoot, 'models/trees/kernels')
export const kernelsFile = join(folder, 'kernels.wasm')

/** The compiled kernels; the same compiler and source give the same bytes. */
export async function compileKernels(): Promise<Uint8Array> {
  const source = await readFile(join(folder, 'kernels.as.ts'), 'utf8')
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    ['kernels.ts', '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory', '--outFile', 'kernels.wasm'],
    {
      readFile: (name) => (name === 'kernels.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'kernels.wasm') binary = contents as Uint8Array
      },
      listFiles: () => [],
    },
  )
  if (error !== null || binary === undefined) throw new Error(`The kernels do not compile:\n${stderr.toString()}`)
  return binary
}

async function main(): Promise<void> {
  const compiled = await compileKernels()
  if (!process.argv.includes('--check')) {
    await writeFileAtomic(kernelsFile, compiled)
    return
  }
  const committed = await readFile(kernelsFile)
  if (!committed.equals(compiled)) {
    process.stderr.write('kernels.wasm is not what kernels.as.ts gives. Run npm run kernels.\n')
    process.exitCode = 1
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
