/**
 * The cross compiler of the packages with guest programs, and the flags that all of them share: pinned, because what
 * is committed is compared with a rebuild byte by byte.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Debian 12's cross compiler. Another version builds working programs, but not the same bytes. */
export const compilerVersion = 'riscv64-linux-gnu-gcc (Debian 12.2.0-13) 12.2.0'

const prefix = 'riscv64-linux-gnu-'

/** Flags of every object file, beside what a package says of instructions and ABI. */
export const commonFlags = [
  '-mcmodel=medany',
  '-O2',
  '-std=gnu11',
  '-ffreestanding',
  '-fno-pic',
  '-fno-pie',
  '-fno-common',
  '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables',
  '-fno-tree-loop-distribute-patterns',
  '-ffunction-sections',
  '-Wall',
  '-Wextra',
  '-Wstrict-prototypes',
  '-Werror',
]

/** Flags of every link. */
export const linkFlags = [
  '-nostdlib',
  '-static',
  '-no-pie',
  '-Wl,--build-id=none',
  '-Wl,--gc-sections',
  '-Wl,-z,max-page-size=4096',
  '-Wl,-z,noexecstack',
  '-Wl,--no-warn-rwx-segments',
]

/** Runs a program of the toolchain by its name without prefix. @returns its standard output. */
export const run = (tool, args, options = {}) =>
  execFileSync(prefix + tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options })

/** First line of `gcc --version`, or `undefined` when the cross compiler is not installed. */
export const installedCompiler = () => {
  try {
    return run('gcc', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0]
  } catch {
    return undefined
  }
}

/** Throws when there is no cross compiler; logs when it is not the pinned one. */
export const checkCompiler = (log) => {
  const installed = installedCompiler()
  if (!installed) throw new Error('riscv64-linux-gnu-gcc is not installed (Debian: gcc-riscv64-linux-gnu)')
  if (installed !== compilerVersion)
    log(`note: ${installed} is not the pinned ${compilerVersion}; bytes will differ`)
}

/** Compiles one C or assembly file; paths inside the object are relative to `root`. `include` is searched for what was generated. */
export const compile = ({ root, source, object, include, flags }) =>
  run('gcc', [
    ...flags,
    `-ffile-prefix-map=${root}=.`,
    `-I${include}`,
    `-Wa,-I${include}`,
    '-c',
    source,
    '-o',
    object,
  ])

/** Runs a linker script with `#include` through the preprocessor. */
export const preprocess = ({ source, output }) => run('gcc', ['-E', '-P', '-x', 'c', source, '-o', output])

/** Links objects with a script and strips the result. */
export const link = ({ objects, output, flags, script }) => {
  run('gcc', [...flags, ...linkFlags, `-Wl,-T,${script}`, ...objects, '-o', output])
  run('strip', ['--strip-all', output])
}

/** Turns an ELF file into the raw bytes of its load segments. */
export const flatten = (elf, raw) => run('objcopy', ['-O', 'binary', elf, raw])

/** SHA-256 in hexadecimal. */
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** Matching files of a folder in a fixed order, so that links and hashes do not depend on the file system. */
export const filesOf = (root, folder, pattern) =>
  readdirSync(join(root, folder))
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => `${folder}/${name}`)
