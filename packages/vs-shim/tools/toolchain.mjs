/** Flags of the shim and of the programs that run above it. */
import { commonFlags } from '../../../.repo/riscv-toolchain.mjs'

/** Flags of the shim, which leaves floating-point registers alone. */
export const shimFlags = [...commonFlags, '-march=rv64imac_zicsr_zifencei', '-mabi=lp64', '-mno-relax']

/** Flags of the programs. */
export const programFlags = [...commonFlags, '-march=rv64gc', '-mabi=lp64d']
