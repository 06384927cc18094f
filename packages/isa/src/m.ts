import * as formats from './formats.ts'
import { type Instruction, instruction, type Meaning } from './instruction.ts'

const row = (name: string, match: number, summary: string, semantics: Meaning): Instruction =>
  instruction({ name, extension: 'M', format: formats.R, match, mask: 0xfe00_707f, summary, semantics })

const minimum = -(1n << 63n)

/**
 * Unprivileged ISA, chapter "M". Division never traps: by zero it gives all ones and the dividend as remainder, and
 * the one signed overflow gives the dividend and remainder zero. The 32-bit forms divide extended operands, which
 * cannot overflow in 64 bits.
 */
export const m: readonly Instruction[] = [
  row('mul', 0x0200_0033, 'Multiplies: the lower 64 bits.', (e) => e.setRd(e.mul(e.rs1(), e.rs2()))),
  row('mulh', 0x0200_1033, 'Multiplies signed by signed: the upper 64 bits.', (e) =>
    e.setRd(e.mulHigh(e.rs1(), e.rs2(), 'ss')),
  ),
  row('mulhsu', 0x0200_2033, 'Multiplies signed by unsigned: the upper 64 bits.', (e) =>
    e.setRd(e.mulHigh(e.rs1(), e.rs2(), 'su')),
  ),
  row('mulhu', 0x0200_3033, 'Multiplies unsigned by unsigned: the upper 64 bits.', (e) =>
    e.setRd(e.mulHigh(e.rs1(), e.rs2(), 'uu')),
  ),
  row('div', 0x0200_4033, 'Divides, signed.', (e) => {
    const dividend = e.let(e.rs1())
    const divisor = e.let(e.rs2())
    const overflows = () => e.both(e.eq(divisor, e.constant(-1n)), e.eq(dividend, e.constant(minimum)))
    e.setRd(
      e.choose(
        e.eq(divisor, e.constant(0n)),
        () => e.constant(-1n),
        () =>
          e.choose(
            overflows(),
            () => dividend,
            () => e.divS(dividend, divisor),
          ),
      ),
    )
  }),
  row('divu', 0x0200_5033, 'Divides, unsigned.', (e) => {
    const divisor = e.let(e.rs2())
    e.setRd(
      e.choose(
        e.eq(divisor, e.constant(0n)),
        () => e.constant(-1n),
        () => e.divU(e.rs1(), divisor),
      ),
    )
  }),
  row('rem', 0x0200_6033, 'Remainder of the signed division.', (e) => {
    const dividend = e.let(e.rs1())
    const divisor = e.let(e.rs2())
    const overflows = () => e.both(e.eq(divisor, e.constant(-1n)), e.eq(dividend, e.constant(minimum)))
    e.setRd(
      e.choose(
        e.eq(divisor, e.constant(0n)),
        () => dividend,
        () =>
          e.choose(
            overflows(),
            () => e.constant(0n),
            () => e.remS(dividend, divisor),
          ),
      ),
    )
  }),
  row('remu', 0x0200_7033, 'Remainder of the unsigned division.', (e) => {
    const dividend = e.let(e.rs1())
    const divisor = e.let(e.rs2())
    e.setRd(
      e.choose(
        e.eq(divisor, e.constant(0n)),
        () => dividend,
        () => e.remU(dividend, divisor),
      ),
    )
  }),
  row('mulw', 0x0200_003b, '32-bit multiplication, sign-extended.', (e) =>
    e.setRd(e.signExtend(32, e.mul(e.rs1(), e.rs2()))),
  ),
  row('divw', 0x0200_403b, '32-bit division, signed, sign-extended.', (e) => {
    const dividend = e.let(e.signExtend(32, e.rs1()))
    const divisor = e.let(e.signExtend(32, e.rs2()))
    e.setRd(
      e.choose(
        e.eq(divisor, e.constant(0n)),
        () => e.constant(-1n),
        () => e.signExtend(32, e.divS(dividend, divisor)),
      ),
    )
  }),
  row('divuw', 0x0200_503b, '32-bit division, unsigned, sign-extended.', (e) => {
    const dividend = e.let(e.zeroExtend(32, e.rs1()))
    const divisor = e.let(e.zeroExtend(32, e.rs2()))
    e.setRd(
      e.choose(
        e.eq(divisor, e.constant(0n)),
        () => e.constant(-1n),
        () => e.signExtend(32, e.divU(dividend, divisor)),
      ),
    )
  }),
  row('remw', 0x0200_603b, 'Remainder of the 32-bit signed division, sign-extended.', (e) => {
    const dividend = e.let(e.signExtend(32, e.rs1()))
    const divisor = e.let(e.signExtend(32, e.rs2()))
    e.setRd(
      e.choose(
        e.eq(divisor, e.constant(0n)),
        () => dividend,
        () => e.signExtend(32, e.remS(dividend, divisor)),
      ),
    )
  }),
  row('remuw', 0x0200_703b, 'Remainder of the 32-bit unsigned division, sign-extended.', (e) => {
    const dividend = e.let(e.zeroExtend(32, e.rs1()))
    const divisor = e.let(e.zeroExtend(32, e.rs2()))
    e.setRd(
      e.signExtend(
        32,
        e.choose(
          e.eq(divisor, e.constant(0n)),
          () => dividend,
          () => e.remU(dividend, divisor),
        ),
      ),
    )
  }),
]
