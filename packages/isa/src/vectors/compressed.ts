import { exceptionCause } from '../exception.ts'
import { type Vector, type VectorShort, vector, vectorCode, vectorData } from './vector.ts'

const row = (
  code: string,
  registers: Record<string, bigint>,
  expect: VectorShort['expect'],
  name = 'as its expansion',
) => vector(code.split(' ')[0]!, name, code, { registers, expect: expect! })

const below = 0x8000_0000n
const data = [0n, 0x8877_6655_4433_2211n, 0x99aa_bbcc_ddee_ff00n, 7n]
const link = vectorCode + 2n

const memory = (code: string, registers: Record<string, bigint>, expect: VectorShort['expect']) =>
  vector(code.split(' ')[0]!, 'as its expansion', code, { registers, data, expect: expect! })

/** Compressed instructions: one case at least for each, and those where operands are implied. */
export const compressedVectors: readonly Vector[] = [
  row('c.addi4spn a0,sp,1020', { sp: 16n }, { registers: { a0: 1036n } }),
  row('c.nop', {}, {}),
  row('c.addi a0,-32', { a0: 1n }, { registers: { a0: -31n } }),
  row('c.addi zero,5', {}, {}, 'a hint'),
  row('c.addi a0,0', { a0: 9n }, {}, 'by 0, a hint'),
  row('c.addiw a0,-1', { a0: below << 1n }, { registers: { a0: -1n } }),
  row('c.addiw t6,0', { t6: below }, { registers: { t6: -below } }, 'by 0 sign-extends'),
  row('c.li t0,-32', {}, { registers: { t0: -32n } }),
  row('c.li zero,1', {}, {}, 'a hint'),
  row('c.addi16sp sp,-512', { sp: 1024n }, { registers: { sp: 512n } }),
  row('c.addi16sp sp,496', { sp: 16n }, { registers: { sp: 512n } }, 'greatest'),
  row('c.lui a0,0x1f', {}, { registers: { a0: 0x1f000n } }),
  row('c.lui a0,-32', {}, { registers: { a0: -0x20000n } }, 'least'),
  row('c.lui zero,1', {}, {}, 'a hint'),
  row('c.srli a0,63', { a0: -1n }, { registers: { a0: 1n } }),
  row('c.srli a0,0', { a0: -1n }, {}, 'by 0, a hint'),
  row('c.srai a0,32', { a0: -1n << 62n }, { registers: { a0: -1n << 30n } }),
  row('c.andi a0,-16', { a0: 0xffn }, { registers: { a0: 0xf0n } }),
  row('c.sub s0,a5', { s0: 1n, a5: 2n }, { registers: { s0: -1n } }),
  row('c.xor s0,a5', { s0: 0xffn, a5: 0xf0n }, { registers: { s0: 0x0fn } }),
  row('c.or s0,a5', { s0: 0x0fn, a5: 0xf0n }, { registers: { s0: 0xffn } }),
  row('c.and s0,a5', { s0: 0x3cn, a5: 0xf0n }, { registers: { s0: 0x30n } }),
  row('c.subw s0,a5', { s0: -below, a5: 1n }, { registers: { s0: below - 1n } }),
  row('c.addw s0,a5', { s0: below - 1n, a5: 1n }, { registers: { s0: -below } }),
  row('c.j .+2046', {}, { pc: 2046 }),
  row('c.j .-2048', {}, { pc: -2048 }, 'backwards'),
  row('c.beqz a0,.+254', { a0: 0n }, { pc: 254 }, 'taken'),
  row('c.beqz a0,.+254', { a0: -1n << 63n }, { pc: 2 }, 'not taken'),
  row('c.bnez a0,.-256', { a0: 1n }, { pc: -256 }, 'taken'),
  row('c.bnez a0,.-256', { a0: 0n }, { pc: 2 }, 'not taken'),
  row('c.slli t0,63', { t0: 3n }, { registers: { t0: -1n << 63n } }),
  row('c.slli zero,1', {}, {}, 'a hint'),
  row('c.jr t0', { t0: vectorCode + 33n }, { pc: 32 }),
  row('c.jalr t0', { t0: vectorCode + 32n }, { pc: 32, registers: { ra: link } }),
  row('c.jalr ra', { ra: vectorCode + 32n }, { pc: 32, registers: { ra: link } }, 'through ra'),
  row('c.mv t0,t1', { t1: -5n }, { registers: { t0: -5n } }),
  row('c.mv zero,t1', { t1: -5n }, {}, 'a hint'),
  row('c.add t0,t1', { t0: 1n << 63n, t1: 1n << 63n }, { registers: { t0: 0n } }),
  row('c.add zero,t1', { t1: 1n }, {}, 'a hint'),
  row('c.ebreak', {}, { trap: { cause: exceptionCause.breakpoint, tval: vectorCode } }),

  memory('c.lw a0,124(a1)', { a1: vectorData - 112n }, { registers: { a0: -0x7788_99abn } }),
  memory('c.ld a0,248(a1)', { a1: vectorData - 240n }, { registers: { a0: data[1]! } }),
  memory('c.lwsp t0,252(sp)', { sp: vectorData - 244n }, { registers: { t0: 0x4433_2211n } }),
  memory('c.ldsp t0,504(sp)', { sp: vectorData - 488n }, { registers: { t0: data[2]! } }),
  memory(
    'c.sw a0,0(a1)',
    { a0: -1n, a1: vectorData + 12n },
    { data: [0n, 0xffff_ffff_4433_2211n, data[2]!, 7n] },
  ),
  memory('c.sd a0,8(a1)', { a0: -1n, a1: vectorData }, { data: [0n, -1n, data[2]!, 7n] }),
  memory(
    'c.swsp t0,12(sp)',
    { t0: -2n, sp: vectorData },
    { data: [0n, 0xffff_fffe_4433_2211n, data[2]!, 7n] },
  ),
  memory('c.sdsp t0,16(sp)', { t0: -2n, sp: vectorData }, { data: [0n, data[1]!, -2n, 7n] }),

  ...(
    [
      ['zeros', 0x0000],
      ['addition of 0 to sp into rd', 0x0008],
      ['c.lui of 0', 0x6081],
      ['c.addi16sp of 0', 0x6101],
      ['c.addiw to x0', 0x2005],
      ['c.lwsp to x0', 0x4012],
      ['c.ldsp to x0', 0x6022],
      ['c.jr to x0', 0x8002],
      ['the reserved arithmetic', 0x9c41],
    ] as const
  ).map(([name, word]) =>
    vector('c.addi4spn', `reserved: ${name}`, `.2byte 0x${word.toString(16)}`, {
      expect: { pc: 0, trap: { cause: exceptionCause.illegalInstruction, tval: BigInt(word) } },
    }),
  ),
]
