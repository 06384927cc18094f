import { describe, expect, test } from 'vitest'
import { assemble } from './assembler/assemble.ts'
import { decode } from './decode.ts'
import { transformedInstruction } from './transformed-instruction.ts'

const word = (line: string) => {
  const { bytes } = assemble(line)
  return bytes.reduce((sum, byte, i) => (sum | (byte << (8 * i))) >>> 0, 0)
}

describe('the transformed instruction', () => {
  test.each([
    ['lw a0, -4(sp)', 0, 'lw a0, 0(zero)'],
    ['lbu t6, 2047(a1)', 0, 'lbu t6, 0(zero)'],
    ['ld a0, 8(a1)', 3, 'ld a0, 0(gp)'],
    ['sd a7, -8(s0)', 0, 'sd a7, 0(zero)'],
    ['sh a7, 1(s0)', 1, 'sh a7, 0(ra)'],
    ['lr.d.aq a0, (a1)', 0, 'lr.d.aq a0, (zero)'],
    ['sc.w.rl a0, a2, (a1)', 0, 'sc.w.rl a0, a2, (zero)'],
    ['amomaxu.d.aqrl a0, a2, (a1)', 0, 'amomaxu.d.aqrl a0, a2, (zero)'],
    ['flw fa0, 8(a1)', 0, 'flw fa0, 0(zero)'],
    ['fsd fa0, -8(a1)', 2, 'fsd fa0, 0(sp)'],
    ['hlvx.hu a0, (a1)', 1, 'hlvx.hu a0, (ra)'],
    ['hsv.d a0, (a1)', 7, 'hsv.d a0, (t2)'],
  ])('of %s with %i bytes between', (code, offset, expected) => {
    expect(transformedInstruction(decode(word(code))!, offset)).toBe(word(expected))
  })

  test.each([
    ['c.lw a0, 4(a1)', 'lw a0, 0(zero)'],
    ['c.ldsp a0, 16(sp)', 'ld a0, 0(zero)'],
    ['c.sd a0, 8(a1)', 'sd a0, 0(zero)'],
    ['c.swsp a0, 4(sp)', 'sw a0, 0(zero)'],
    ['c.fld fa0, 8(a1)', 'fld fa0, 0(zero)'],
    ['c.fsdsp fa0, 8(sp)', 'fsd fa0, 0(zero)'],
  ])('of compressed %s has bit 1 clear', (code, expected) => {
    expect(transformedInstruction(decode(word(code))!, 0)).toBe((word(expected) & ~2) >>> 0)
  })

  test.each([
    ['ecall'],
    ['csrrw a0, hstatus, a1'],
    ['sret'],
    ['hfence.gvma a0, a1'],
    ['add a0, a1, a2'],
    ['jr a0'],
  ])('of %s there is none', (code) => {
    expect(transformedInstruction(decode(word(code))!, 0)).toBe(0)
  })
})
