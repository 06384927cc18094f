/**
 * The cross compiler and its flags: pinned, because the committed images are compared with a rebuild byte by byte.
 */
import { execFileSync } from 'node:child_process'

/** Debian 12's cross compiler. Another version builds a working kernel, but not the same bytes. */
export const compilerVersion = 'riscv64-linux-gnu-gcc (Debian 12.2.0-13) 12.2.0'

const prefix = 'riscv64-linux-gnu-'

/** Flags of every object file, kernel and user alike. */
export const compileFlags = [
  '-march=rv64imac_zicsr_zifencei',
  '-mabi=lp64',
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

const run = (tool, args, options = {}) =>
  execFileSync(prefix + tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options })

/** First line of `gcc --version`, or `undefined` when the cross compiler is not installed. */
export const installedCompiler = () => {
  try {
    return run('gcc', ['--version']).split('\n')[0]
  } catch {
    return undefined
  }
}

/** Compiles one C or assembly file; paths inside the object are relative to `root`. */
export const compile = ({ root, source, object, includes, defines = [] }) =>
  run('gcc', [
    ...compileFlags,
    `-ffile-prefix-map=${root}=.`,
    ...includes.map((folder) => `-I${folder}`),
    ...defines.map((define) => `-D${define}`),
    '-c',
    source,
    '-o',
    object,
  ])

/** Links objects with a script and strips the result; returns its functions and `text_end`, in order of address. */
export const link = ({ script, objects, output }) => {
  run('gcc', [...compileFlags, ...linkFlags, `-Wl,-T,${script}`, ...objects, '-o', output])
  const symbols = run('nm', ['-n', output])
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, kind, name]) => kind === 't' || kind === 'T' || name === 'text_end')
    .filter(([, , name]) => !/^\.|^\$/.test(name))
    .map(([address, , name]) => ({ name, address: `0x${address}` }))
  run('strip', ['--strip-all', output])
  return symbols
}

/** Turns an ELF file into the raw bytes of its load segments. */
export const flatten = (elf, raw) => run('objcopy', ['-O', 'binary', elf, raw])
