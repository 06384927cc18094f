/** Flags of the kernel and its programs. */
import { commonFlags, linkFlags, run } from '../../../.repo/riscv-toolchain.mjs'

/** Flags of every object file, kernel and user alike. */
export const compileFlags = ['-march=rv64imac_zicsr_zifencei', '-mabi=lp64', ...commonFlags]

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
