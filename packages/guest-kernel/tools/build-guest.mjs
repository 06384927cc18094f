import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { embed } from './embed.mjs'
import { compile, compileFlags, compilerVersion, installedCompiler, link, linkFlags } from './toolchain.mjs'

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** Source files of a folder in a fixed order, so that links and hashes do not depend on the file system. */
const sources = (root, folder, pattern) =>
  readdirSync(join(root, folder))
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => `${folder}/${name}`)

const program = /\.(c|S)$/

/**
 * Builds everything from `root` and writes `images/` and `src/generated/` below `target`.
 */
export const buildGuest = async ({ root, target, log }) => {
  const installed = installedCompiler()
  if (!installed) throw new Error('riscv64-linux-gnu-gcc is not installed (Debian: gcc-riscv64-linux-gnu)')
  if (installed !== compilerVersion)
    log(`note: ${installed} is not the pinned ${compilerVersion}; bytes will differ`)

  const work = mkdtempSync(join(tmpdir(), 'guest-kernel-'))
  try {
    const objectsOf = (files, includes) =>
      files.map((source) => {
        const object = join(work, `${source.replaceAll('/', '-')}.o`)
        compile({ root, source: join(root, source), object, includes: includes.map((i) => join(root, i)) })
        return object
      })

    const kernelSources = ['kernel', 'platform', 'lib'].flatMap((folder) => sources(root, folder, program))
    const kernel = join(work, 'kernel-native.elf')
    const symbols = link({
      script: join(root, 'kernel/kernel.ld'),
      objects: objectsOf(kernelSources, ['include', 'platform']),
      output: kernel,
    })

    const images = join(target, 'images')
    mkdirSync(images, { recursive: true })
    const outputs = { [basename(kernel)]: readFileSync(kernel) }
    for (const [name, bytes] of Object.entries(outputs)) writeFileSync(join(images, name), bytes)

    const inputs = ['include', 'kernel', 'platform', 'lib', 'user', 'workloads', 'tools'].flatMap((folder) =>
      sources(root, folder, /\.(c|S|h|ld|mjs|def|sh)$/),
    )
    const manifest = {
      compiler: compilerVersion,
      compileFlags,
      linkFlags,
      entry: '0x80200000',
      inputs: Object.fromEntries(inputs.map((name) => [name, sha256(readFileSync(join(root, name)))])),
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, bytes]) => [
          name,
          { bytes: bytes.length, sha256: sha256(bytes) },
        ]),
      ),
    }
    writeFileSync(join(images, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    writeFileSync(join(images, 'symbols.json'), `${JSON.stringify(symbols, null, 2)}\n`)
    embed({ outputs, directory: join(target, 'src/generated') })
    for (const [name, { bytes, sha256: hash }] of Object.entries(manifest.outputs))
      log(`${name} ${bytes} ${hash}`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
