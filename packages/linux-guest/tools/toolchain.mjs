/** The cross compiler and its flags: pinned, because the committed programs are compared with a rebuild byte by byte. */
import { execFileSync } from 'node:child_process'

/** Debian 12's cross compiler. Another version builds working programs, but not the same bytes. */
export const compilerVersion = 'riscv64-linux-gnu-gcc (Debian 12.2.0-13) 12.2.0'

const prefix = 'riscv64-linux-gnu-'

const everywhere = [
  '-march=rv64gc',
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

/** Flags of a Linux program. Sums and products are never fused, so that a checksum is that of the source. */
export const compileFlags = [...everywhere, '-mabi=lp64d', '-ffp-contract=off', '-fno-math-errno']

/** Flags of the guest of `kvm-test`: the compiler leaves floating-point registers alone. */
export const guestFlags = [...everywhere, '-mabi=lp64', '-mno-relax']

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
    return run('gcc', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0]
  } catch {
    return undefined
  }
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

/** Links objects with a script and strips the result. */
export const link = ({ objects, output, flags, script }) => {
  run('gcc', [...flags, ...linkFlags, `-Wl,-T,${script}`, ...objects, '-o', output])
  run('strip', ['--strip-all', output])
}

/** Turns an ELF file into the raw bytes of its load segments. */
export const flatten = (elf, raw) => run('objcopy', ['-O', 'binary', elf, raw])
