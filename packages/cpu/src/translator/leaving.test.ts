import { describe, expect, test } from 'vitest'
import { agree } from '../../test/agreement.ts'
import { ENTRY } from '../../test/board.ts'

/** Goes on at `body`, in a page of its own: it is arrived at, so a region begins there. Traps resume behind the instruction. */
const resumed = (body: string): string => `
  la t0, trap
  csrw mtvec, t0
  li t0, 0x6000
  csrs mstatus, t0
  la s3, data
  fmv.d.x f31, s3
  ld a1, 0(s3)
  la t0, body
  jr t0
trap:
  csrr t5, mepc
  addi t5, t5, 4
  csrw mepc, t5
  addi s11, s11, 1
  mret
.balign 4096
body:
  ${body}
  j .
.balign 4096
data:
  .dword 1, 2`

const faulting = 'ld x0, 1(x0)'

describe('a region that is left in the middle', () => {
  test.each([
    ['an integer register', `addi t2, t2, 7\n${faulting}`, 7, 7n],
    ['one beside many others', `addi t2, t2, 7\naddi gp, gp, 5\nmv a7, a1\n${faulting}`, 3, 5n],
    ['one written between two places', `addi t2, t2, 7\nld x0, 0(s3)\naddi gp, gp, 5\n${faulting}`, 3, 5n],
    [
      'one beside the last floating-point registers',
      `fmv.d.x f31, s3\nld x0, 0(s3)\naddi t2, t2, 7\n${faulting}`,
      7,
      7n,
    ],
    [
      'one beside floating-point registers in the middle',
      `fmv.d.x f22, s3\nld x0, 0(s3)\naddi ra, ra, 7\n${faulting}`,
      1,
      7n,
    ],
  ])('leaves behind %s', (_name, body, register, value) => {
    const { hart } = agree(resumed(body))
    expect(hart.readX(register)).toBe(value)
    expect(hart.readX(27)).toBe(1n)
    expect(hart.translation!.leaves.memory).toBeGreaterThan(0)
  })

  test.each([1, 12, 20, 21, 22, 25, 28, 31])('leaves behind f%i beside all integer registers', (f) => {
    const integers = [1, 2, 3, 4, 6, 7, 8, 9, 10]
    const body = integers
      .map((x) => `fmv.d.x f${f}, s3\nld x0, 0(s3)\naddi x${x}, x${x}, ${x}\n${faulting}`)
      .join('\n')
    const { hart } = agree(resumed(body))
    for (const x of integers) expect(hart.readX(x)).toBe(BigInt(x))
  })
})

describe('without compressed instructions', () => {
  test.each([
    ['a branch', '.word 0x00000163'],
    ['a jump', '.word 0x0060006f'],
    ['a call', '.word 0x006000ef'],
    ['a computed jump', 'addi t1, t0, 2\n jalr ra, 0(t1)'],
  ])('%s to the middle of a word raises an exception', (_name, jump) => {
    const { hart } = agree(resumed(`addi a2, a2, 1\njump: ${jump}`), {
      options: { extensions: ['I', 'M', 'A', 'F', 'D', 'Zicsr'] },
    })
    expect(hart.counters.traps.exceptions[0]).toBe(1)
    expect(hart.readCsr(0x343) & 2n).toBe(2n)
    expect(hart.pc > ENTRY).toBe(true)
  })
})
