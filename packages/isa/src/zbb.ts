import * as formats from './formats.ts'
import { type Instruction, instruction, type Meaning } from './instruction.ts'
import type { Semantics } from './semantics.ts'

const row = (
  name: string,
  format: Instruction['format'],
  match: number,
  mask: number,
  summary: string,
  semantics: Meaning,
): Instruction => instruction({ name, extension: 'Zbb', format, match, mask, summary, semantics })

const register = (name: string, match: number, summary: string, semantics: Meaning): Instruction =>
  row(name, formats.R, match, 0xfe00_707f, summary, semantics)
const unary = (name: string, match: number, summary: string, semantics: Meaning): Instruction =>
  row(name, formats.Unary, match, 0xfff0_707f, summary, semantics)

const complement = <V, C>(e: Semantics<V, C>, value: V): V => e.xor(value, e.constant(-1n))

/** The low 32 bits rotated, sign-extended. A rotation is a shift of the word written twice. */
const rotatedRightWord = <V, C>(e: Semantics<V, C>, amount: V): V => {
  const word = e.let(e.zeroExtend(32, e.rs1()))
  const twice = e.or(word, e.shl(word, e.constant(32n)))
  return e.signExtend(32, e.shrU(twice, e.and(amount, e.constant(31n))))
}

/** Exchanges neighbouring groups of `bits` bits. */
const exchanged = <V, C>(e: Semantics<V, C>, value: V, bits: bigint, mask: bigint): V => {
  const pinned = e.let(value)
  const [amount, lower] = [e.constant(bits), e.constant(mask)]
  return e.or(e.and(e.shrU(pinned, amount), lower), e.shl(e.and(pinned, lower), amount))
}

/** Basic bit manipulation. Unprivileged ISA, chapter "B", extension Zbb. */
export const zbb: readonly Instruction[] = [
  register('andn', 0x4000_7033, 'And with the complement of `rs2`.', (e) =>
    e.setRd(e.and(e.rs1(), complement(e, e.rs2()))),
  ),
  register('orn', 0x4000_6033, 'Or with the complement of `rs2`.', (e) =>
    e.setRd(e.or(e.rs1(), complement(e, e.rs2()))),
  ),
  register('xnor', 0x4000_4033, 'The complement of the exclusive or.', (e) =>
    e.setRd(complement(e, e.xor(e.rs1(), e.rs2()))),
  ),
  unary('clz', 0x6000_1013, 'Counts the zeros above the highest one; 64 of zero.', (e) =>
    e.setRd(e.countLeadingZeros(e.rs1())),
  ),
  unary('ctz', 0x6010_1013, 'Counts the zeros below the lowest one; 64 of zero.', (e) =>
    e.setRd(e.countTrailingZeros(e.rs1())),
  ),
  unary('cpop', 0x6020_1013, 'Counts the ones.', (e) => e.setRd(e.countOnes(e.rs1()))),
  unary('clzw', 0x6000_101b, 'Counts the zeros above the highest one of the low 32 bits; 32 of zero.', (e) =>
    e.setRd(e.sub(e.countLeadingZeros(e.zeroExtend(32, e.rs1())), e.constant(32n))),
  ),
  unary('ctzw', 0x6010_101b, 'Counts the zeros below the lowest one of the low 32 bits; 32 of zero.', (e) =>
    e.setRd(e.countTrailingZeros(e.or(e.rs1(), e.constant(1n << 32n)))),
  ),
  unary('cpopw', 0x6020_101b, 'Counts the ones of the low 32 bits.', (e) =>
    e.setRd(e.countOnes(e.zeroExtend(32, e.rs1()))),
  ),
  register('max', 0x0a00_6033, 'The greater, signed.', (e) =>
    e.setRd(e.select(e.ltS(e.rs1(), e.rs2()), e.rs2(), e.rs1())),
  ),
  register('maxu', 0x0a00_7033, 'The greater, unsigned.', (e) =>
    e.setRd(e.select(e.ltU(e.rs1(), e.rs2()), e.rs2(), e.rs1())),
  ),
  register('min', 0x0a00_4033, 'The smaller, signed.', (e) =>
    e.setRd(e.select(e.ltS(e.rs1(), e.rs2()), e.rs1(), e.rs2())),
  ),
  register('minu', 0x0a00_5033, 'The smaller, unsigned.', (e) =>
    e.setRd(e.select(e.ltU(e.rs1(), e.rs2()), e.rs1(), e.rs2())),
  ),
  unary('sext.b', 0x6040_1013, 'Sign-extends the low 8 bits.', (e) => e.setRd(e.signExtend(8, e.rs1()))),
  unary('sext.h', 0x6050_1013, 'Sign-extends the low 16 bits.', (e) => e.setRd(e.signExtend(16, e.rs1()))),
  unary('zext.h', 0x0800_403b, 'Zero-extends the low 16 bits.', (e) => e.setRd(e.zeroExtend(16, e.rs1()))),
  register('rol', 0x6000_1033, 'Rotates left by the low six bits of `rs2`.', (e) =>
    e.setRd(e.rotateLeft(e.rs1(), e.rs2())),
  ),
  register('ror', 0x6000_5033, 'Rotates right by the low six bits of `rs2`.', (e) =>
    e.setRd(e.rotateRight(e.rs1(), e.rs2())),
  ),
  row('rori', formats.Shift, 0x6000_5013, 0xfc00_707f, 'Rotates right by an immediate.', (e) =>
    e.setRd(e.rotateRight(e.rs1(), e.imm())),
  ),
  register('rolw', 0x6000_103b, '32-bit rotation left, sign-extended.', (e) =>
    e.setRd(rotatedRightWord(e, e.sub(e.constant(0n), e.rs2()))),
  ),
  register('rorw', 0x6000_503b, '32-bit rotation right, sign-extended.', (e) =>
    e.setRd(rotatedRightWord(e, e.rs2())),
  ),
  row(
    'roriw',
    formats.ShiftWord,
    0x6000_501b,
    0xfe00_707f,
    '32-bit rotation right by an immediate, sign-extended.',
    (e) => e.setRd(rotatedRightWord(e, e.imm())),
  ),
  unary('orc.b', 0x2870_5013, 'Makes each byte that is not zero all ones.', (e) => {
    const value = e.let(e.rs1())
    const low = e.constant(0x7f7f_7f7f_7f7f_7f7fn)
    // The highest bit of each byte: set there, or carried there by the bits below it.
    const any = e.or(e.add(e.and(value, low), low), value)
    const flags = e.and(e.shrU(any, e.constant(7n)), e.constant(0x0101_0101_0101_0101n))
    e.setRd(e.mul(flags, e.constant(0xffn)))
  }),
  unary('rev8', 0x6b80_5013, 'Reverses the order of the bytes.', (e) => {
    const bytes = exchanged(e, e.rs1(), 8n, 0x00ff_00ff_00ff_00ffn)
    const halfwords = exchanged(e, bytes, 16n, 0x0000_ffff_0000_ffffn)
    e.setRd(e.rotateRight(halfwords, e.constant(32n)))
  }),
]
