import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  checkCompiler,
  compilerVersion,
  filesOf,
  linkFlags,
  sha256,
} from '../../../.repo/riscv-toolchain.mjs'
import { embed, embedManifest, embedWorkloads } from './embed.mjs'
import { makeDisk } from './mkfs.mjs'
import { checksumHeader, predict } from './predict.mjs'
import { compile, compileFlags, link } from './toolchain.mjs'

const program = /\.(c|S)$/
const stem = (path) => basename(path).replace(/\.\w+$/, '')

/** Sources that workloads are in; they are also what the `make` workload compiles. */
const workloadFiles = ['compute', 'devices', 'make', 'memory', 'pages', 'processes', 'system-calls', 'table']
const makeInputs = ['compute', 'devices', 'memory', 'pages', 'processes']

const geometry = { blocks: 512, inodes: 256, rawBlocks: 384 }

const disk = (root, programs) => {
  const text = (path) => readFileSync(join(root, path))
  return makeDisk(
    {
      bin: programs,
      dev: { console: 1, null: 2, zero: 3, disk: 4 },
      etc: Object.fromEntries(
        filesOf(root, 'user/files/etc', /./).map((path) => [basename(path), text(path)]),
      ),
      src: Object.fromEntries(makeInputs.map((name) => [`${name}.c`, text(`workloads/${name}.c`)])),
      tmp: {},
    },
    geometry,
  )
}

const notBuilt = /\/(verify|boot-qemu)\.mjs$/

/** Every file that the outputs depend on. */
const inputFiles = (root) =>
  [
    'include',
    'kernel',
    'lib',
    'platform',
    'tools',
    'tools/host',
    'user',
    'user/files/etc',
    'user/library',
    'workloads',
    'workloads/stages',
  ]
    .flatMap((folder) => filesOf(root, folder, /\.(c|S|h|ld|mjs|def|sh|txt)$/))
    .filter((path) => !notBuilt.test(path))
    .concat('../../.repo/riscv-toolchain.mjs')

/** Cross-compiles kernel and programs into `work`; returns the output files and the kernel's symbols. */
const buildOutputs = ({ root, work, table, defines }) => {
  const objectsOf = (sources, includes) =>
    sources.map((source) => {
      const object = join(work, `${source.replaceAll('/', '-')}.o`)
      compile({
        root,
        source: join(root, source),
        object,
        includes: [...includes.map((i) => join(root, i)), work],
        defines,
      })
      return object
    })

  const kernel = join(work, 'kernel-native.elf')
  const kernelSources = ['kernel', 'platform', 'lib'].flatMap((folder) => filesOf(root, folder, program))
  const symbols = link({
    script: join(root, 'kernel/kernel.ld'),
    objects: objectsOf(kernelSources, ['include', 'platform']),
    output: kernel,
  })

  writeFileSync(join(work, 'expected-checksums.h'), checksumHeader(table))
  const userIncludes = ['include', 'user/library', 'workloads']
  const library = objectsOf(
    ['user/library', 'lib'].flatMap((folder) => filesOf(root, folder, program)),
    userIncludes,
  )
  const workloads = objectsOf(
    workloadFiles.map((name) => `workloads/${name}.c`),
    userIncludes,
  )
  const linkProgram = (source, more = []) => {
    const output = join(work, stem(source))
    link({
      script: join(root, 'user/library/program.ld'),
      objects: [...objectsOf([source], userIncludes), ...more, ...library],
      output,
    })
    return [stem(source), new Uint8Array(readFileSync(output))]
  }
  const programs = Object.fromEntries([
    ...filesOf(root, 'user', program).map((source) => linkProgram(source)),
    ...filesOf(root, 'workloads/stages', program).map((source) => linkProgram(source)),
    linkProgram('workloads/bench.c', workloads),
  ])
  return {
    symbols,
    outputs: { 'disk.img': disk(root, programs), 'kernel-native.elf': new Uint8Array(readFileSync(kernel)) },
  }
}

/**
 * Builds everything from `root` and writes `images/` and `src/generated/` below `target`.
 *
 * @param defines preprocessor symbols of a variant for tests; the images that are committed have none
 */
export const buildGuest = ({ root, target, defines = [], log }) => {
  checkCompiler(log)
  const work = mkdtempSync(join(tmpdir(), 'guest-kernel-'))
  try {
    const inputs = Object.fromEntries(makeInputs.map((name) => [`${name}.c`, `workloads/${name}.c`]))
    const table = predict({ root, work, files: workloadFiles, inputs })
    const { outputs, symbols } = buildOutputs({ root, work, table, defines })
    const manifest = {
      compiler: compilerVersion,
      compileFlags,
      linkFlags,
      entry: '0x80200000',
      inputs: Object.fromEntries(
        inputFiles(root).map((name) => [name, sha256(readFileSync(join(root, name)))]),
      ),
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, bytes]) => [
          name,
          { bytes: bytes.length, sha256: sha256(bytes) },
        ]),
      ),
    }
    const images = join(target, 'images')
    mkdirSync(images, { recursive: true })
    for (const [name, bytes] of Object.entries(outputs)) writeFileSync(join(images, name), bytes)
    writeFileSync(join(images, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    const generated = join(target, 'src/generated')
    embed({ outputs, directory: generated })
    embedWorkloads({ table, symbols, directory: generated })
    embedManifest({ manifest, directory: generated })
    for (const [name, { bytes, sha256: hash }] of Object.entries(manifest.outputs))
      log(`${name} ${bytes} ${hash}`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
