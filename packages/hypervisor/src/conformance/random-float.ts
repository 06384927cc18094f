import type { RandomSource } from '@worldswitch/isa/vectors'

const BINARY = ['fadd', 'fsub', 'fmul', 'fdiv', 'fmin', 'fmax', 'fsgnj', 'fsgnjn', 'fsgnjx']
const FUSED = ['fmadd', 'fmsub', 'fnmsub', 'fnmadd']
const COMPARISONS = ['feq', 'flt', 'fle']
const INTEGERS = ['w', 'wu', 'l', 'lu']
const ROUNDING = ['rne', 'rtz', 'rdn', 'rup', 'rmm', 'dyn', 'dyn', 'dyn']
const CONVERSIONS = ['fcvt.s.d', 'fcvt.d.s', 'fsqrt.s', 'fsqrt.d']

/** Instructions that reach memory through x28. */
export const FLOAT_ACCESSES = ['flw', 'fld', 'fsw', 'fsd'] as const

/** The CSRs of F. */
export const FLOAT_CSRS = ['fflags', 'frm', 'fcsr'] as const

/** One of few floating-point registers, so that values meet. */
export const floatRegister = (source: RandomSource): string => `f${source.below(8)}`

/**
 * One instruction of F or D on registers alone.
 *
 * @param integer - names an integer register.
 */
export function floatInstruction(source: RandomSource, integer: () => string): string {
  const f = () => floatRegister(source)
  const format = source.of(['s', 'd'])
  const rounding = source.of(ROUNDING)
  switch (source.below(8)) {
    case 0:
      return `${source.of(FUSED)}.${format} ${f()}, ${f()}, ${f()}, ${f()}, ${rounding}`
    case 1:
      return `${source.of(COMPARISONS)}.${format} ${integer()}, ${f()}, ${f()}`
    case 2:
      return `fcvt.${source.of(INTEGERS)}.${format} ${integer()}, ${f()}, ${rounding}`
    case 3:
      return `fcvt.${format}.${source.of(INTEGERS)} ${f()}, ${integer()}, ${rounding}`
    case 4:
      return `${source.of(CONVERSIONS)} ${f()}, ${f()}, ${rounding}`
    case 5:
      return source.of([
        `fmv.x.${source.of(['w', 'd'])} ${integer()}, ${f()}`,
        `fmv.${source.of(['w', 'd'])}.x ${f()}, ${integer()}`,
        `fclass.${format} ${integer()}, ${f()}`,
      ])
    default:
      return `${source.of(BINARY)}.${format} ${f()}, ${f()}, ${f()}`
  }
}

/** Switches the floating-point state: off, or to something else. */
export const floatSwitch = (source: RandomSource): string[] => [
  `li x28, ${source.of(['0x2000', '0x4000', '0x6000', '0x6000'])}`,
  `${source.of(['csrs', 'csrs', 'csrc'])} sstatus, x28`,
]
