import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assemble } from './assembler/assemble.ts'
import { disassemble } from './disassemble.ts'
import { instructions } from './table.ts'

const wordOf = (text: string, origin = 0n): number => {
  const { bytes } = assemble(text, { origin })
  return bytes.reduce((word, byte, i) => (word | (byte << (8 * i))) >>> 0, 0)
}

/** All words, and those that are closest to being instructions. */
const words = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc
    .tuple(fc.constantFrom(...instructions), fc.integer({ min: 0, max: 0xffff_ffff }))
    .map(([row, noise]) => (row.match | (noise & ~row.mask)) >>> 0),
  fc
    .tuple(fc.constantFrom(...instructions), fc.integer({ min: 0, max: 31 }), fc.integer({ min: 0, max: 31 }))
    .map(([row, a, b]) => (row.match ^ (1 << a) ^ (1 << b)) >>> 0),
)

const whole = (word: number) => ((word & 3) === 3 ? word : word & 0xffff)

describe('disassembly', () => {
  test('assembles to the same word, for a sample of all words', () => {
    fc.assert(
      fc.property(words, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (word, pc) => {
        expect(wordOf(disassemble(word), pc)).toBe(whole(word))
        expect(wordOf(disassemble(word, { pc }), pc)).toBe(whole(word))
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  test('assembles to the same word with pseudo-instructions too, for long words', () => {
    fc.assert(
      fc.property(words, (word) => {
        fc.pre((word & 3) === 3)
        expect(wordOf(disassemble(word, { pseudo: true }))).toBe(word)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  test('assembles to the same halfword, for every halfword', () => {
    const halfwords = Array.from({ length: 0x1_0000 }, (_, i) => i).filter((word) => (word & 3) !== 3)
    const { bytes } = assemble(halfwords.map((word) => disassemble(word)).join('\n'))
    expect(new Uint16Array(bytes.buffer)).toEqual(Uint16Array.from(halfwords))
  })

  test.each([
    [0x00b5_0533, 'add a0,a0,a1', 'add a0,a0,a1'],
    [0x0000_0013, 'addi zero,zero,0', 'nop'],
    [0x0005_0593, 'addi a1,a0,0', 'mv a1,a0'],
    [0x0205_1513, 'slli a0,a0,0x20', 'slli a0,a0,0x20'],
    [0xffff_f537, 'lui a0,0xfffff', 'lui a0,0xfffff'],
    [0x0185_3503, 'ld a0,24(a0)', 'ld a0,24(a0)'],
    [0xfea5_3c23, 'sd a0,-8(a0)', 'sd a0,-8(a0)'],
    [0xfe05_0ee3, 'beq a0,zero,.-4', 'beqz a0,.-4'],
    [0x0080_006f, 'jal zero,.+8', 'j .+8'],
    [0x0000_8067, 'jalr zero,0(ra)', 'ret'],
    [0x0000_8082, 'c.jr ra', 'ret'],
    [0x0000_852e, 'c.mv a0,a1', 'mv a0,a1'],
    [0x0000_1141, 'c.addi sp,-16', 'addi sp,sp,-16'],
    [0x0000_e406, 'c.sdsp ra,8(sp)', 'sd ra,8(sp)'],
    [0x1405_1573, 'csrrw a0,sscratch,a0', 'csrrw a0,sscratch,a0'],
    [0x1802_9073, 'csrrw zero,satp,t0', 'csrw satp,t0'],
    [0x1001_7073, 'csrrci zero,sstatus,2', 'csrci sstatus,2'],
    [0x8001_7073, 'csrrci zero,0x800,2', 'csrci 0x800,2'],
    [0xc010_2573, 'csrrs a0,time,zero', 'rdtime a0'],
    [0x0ff0_000f, 'fence iorw,iorw', 'fence'],
    [0x0310_000f, 'fence rw,w', 'fence rw,w'],
    [0x8330_000f, 'fence.tso', 'fence.tso'],
    [0x0100_000f, 'fence w,0', 'pause'],
    [0x0000_100f, 'fence.i', 'fence.i'],
    [0x1200_0073, 'sfence.vma zero,zero', 'sfence.vma'],
    [0x06b5_252f, 'amoadd.w.aqrl a0,a1,(a0)', 'amoadd.w.aqrl a0,a1,(a0)'],
    [0x1405_352f, 'lr.d.aq a0,(a0)', 'lr.d.aq a0,(a0)'],
    [0xc000_1073, 'unimp', 'unimp'],
    [0x0000_0000, 'c.unimp', 'c.unimp'],
    [0xffff_ffff, '.4byte 0xffffffff', '.4byte 0xffffffff'],
    [0x0000_8000, '.2byte 0x8000', '.2byte 0x8000'],
    [0x00b5_7553, 'fadd.s fa0,fa0,fa1', 'fadd.s fa0,fa0,fa1'],
    [0x02b5_1553, 'fadd.d fa0,fa0,fa1,rtz', 'fadd.d fa0,fa0,fa1,rtz'],
    [0x62c5_8543, 'fmadd.d fa0,fa1,fa2,fa2,rne', 'fmadd.d fa0,fa1,fa2,fa2,rne'],
    [0x00b5_5553, '.4byte 0xb55553', '.4byte 0xb55553'],
    [0x22b5_8553, 'fsgnj.d fa0,fa1,fa1', 'fmv.d fa0,fa1'],
    [0x22b5_9553, 'fsgnjn.d fa0,fa1,fa1', 'fneg.d fa0,fa1'],
    [0x20b5_a553, 'fsgnjx.s fa0,fa1,fa1', 'fabs.s fa0,fa1'],
    [0x20c5_a553, 'fsgnjx.s fa0,fa1,fa2', 'fsgnjx.s fa0,fa1,fa2'],
    [0xc200_1553, 'fcvt.w.d a0,ft0,rtz', 'fcvt.w.d a0,ft0,rtz'],
    [0xd205_0053, 'fcvt.d.w ft0,a0', 'fcvt.d.w ft0,a0'],
    [0xd205_7053, 'fcvt.d.w ft0,a0,dyn', 'fcvt.d.w ft0,a0,dyn'],
    [0xd225_7053, 'fcvt.d.l ft0,a0', 'fcvt.d.l ft0,a0'],
    [0x0085_a507, 'flw fa0,8(a1)', 'flw fa0,8(a1)'],
    [0xfea5_bc27, 'fsd fa0,-8(a1)', 'fsd fa0,-8(a1)'],
    [0x0000_2108, 'c.fld fa0,0(a0)', 'fld fa0,0(a0)'],
    [0x0000_a42a, 'c.fsdsp fa0,8(sp)', 'fsd fa0,8(sp)'],
    [0x0030_2573, 'csrrs a0,fcsr,zero', 'frcsr a0'],
    [0x0025_1073, 'csrrw zero,frm,a0', 'fsrm a0'],
    [0x0015_95f3, 'csrrw a1,fflags,a1', 'fsflags a1,a1'],
    [0x0020_d073, 'csrrwi zero,frm,1', 'fsrmi 1'],
    // Legal, but the ignored fields have no spelling.
    [0x0ff0_008f, '.4byte 0xff0008f', '.4byte 0xff0008f'],
    [0x0010_100f, '.4byte 0x10100f', '.4byte 0x10100f'],
  ])('of %i is %s', (word, plain, pseudo) => {
    expect(disassemble(word)).toBe(plain)
    expect(disassemble(word, { pseudo: true })).toBe(pseudo)
  })

  test.each([
    [0xfe05_0ee3, 0x8000_0000n, 'beqz a0,0x7ffffffc'],
    [0x0080_006f, 0xffff_ffff_ffff_fffcn, 'j 0x4'],
    [0xff9f_f0ef, 0n, 'jal 0xfffffffffffffff8'],
  ])('prints the target of %i at %i as an address', (word, pc, text) => {
    expect(disassemble(word, { pc, pseudo: true })).toBe(text)
  })
})
