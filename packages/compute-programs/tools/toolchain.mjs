/** Flags of the programs, on the guest and on the computer that builds. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { commonFlags } from '../../../.repo/riscv-toolchain.mjs'

/** What compilers emit for RV64GC; sums and products are fused only where the source says so. */
const semantics = ['-ffp-contract=off', '-fno-math-errno']

/** Flags of every object file. */
export const compileFlags = [...commonFlags, '-march=rv64gc', '-mabi=lp64d', ...semantics]

/** One round of a program, computed natively. @returns 16 hexadecimal digits. */
export const nativeChecksum = ({ root, work, name }) => {
  const program = join(work, `${name}-native`)
  const sources = ['tools/native.c', `programs/${name}.c`].map((file) => join(root, file))
  const flags = ['-O2', '-std=gnu11', '-ffreestanding', ...semantics]
  execFileSync('gcc', [...flags, ...sources, '-lm', '-o', program], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return execFileSync(program, { encoding: 'utf8' }).trim()
}
