/** Flags of the programs, and of the guest of `kvm-test`. */
import { commonFlags } from '../../../.repo/riscv-toolchain.mjs'

const everywhere = ['-march=rv64gc', ...commonFlags]

/** Flags of a Linux program. Sums and products are never fused, so that a checksum is that of the source. */
export const compileFlags = [...everywhere, '-mabi=lp64d', '-ffp-contract=off', '-fno-math-errno']

/** Flags of the guest of `kvm-test`: the compiler leaves floating-point registers alone. */
export const guestFlags = [...everywhere, '-mabi=lp64', '-mno-relax']
