import { expect, test } from 'vitest'
import { agree } from '../../test/agreement.ts'
import { paged } from '../../test/paged.ts'

const DATA = 0x8010_0000
/** Read and written in a loop; the second page from {@link DATA} may be read-only, the third is not there. */
const program = (body: string): string => `
start:
  li s0, 6
again:
  li s1, 0x${DATA.toString(16)}
  li s2, 0x${(DATA + 4096).toString(16)}
  li s3, 0x${(DATA + 8192).toString(16)}
  addi a0, a0, 1
  addi a1, a1, 3
  ${body}
  addi s0, s0, -1
  bnez s0, again
  j .`

test.each([
  ['near each other', 'sd a0, 0(s1)\n ld a2, 0(s1)\n lw a3, 4(s1)\n sb a1, 7(s1)\n lhu a4, 6(s1)', 'rw', 0],
  ['far behind', 'ld a2, 0(s1)\n ld a3, 2040(s1)\n sd a0, -8(s2)\n sd a1, -2048(s2)', 'rw', 0],
  ['that straddle two pages', 'sd a0, -4(s2)\n ld a2, -3(s2)', 'rw', 0],
  [
    'of which later ones are in the next page',
    'ld a2, -8(s2)\n ld a3, 0(s2)\n ld a4, 8(s2)\n add a2, a2, a3',
    'rw',
    0,
  ],
  [
    'of which later ones fault in the next page',
    'sd a0, -8(s2)\n addi a1, a1, 1\n sd a1, 0(s2)\n addi a0, a0, 5\n sd a0, -16(s2)',
    'r',
    6,
  ],
  ['of which earlier ones are in the page before', 'ld a2, 0(s2)\n ld a3, -8(s2)\n sd a0, -16(s2)', 'rw', 0],
  [
    'into a page that is not there',
    'addi a0, a0, 1\n ld a2, 0(s3)\n addi a1, a1, 1\n sd a1, 8(s3)\n addi a0, a0, 1',
    'rw',
    12,
  ],
  [
    'half into a page that is not there',
    'addi a0, a0, 1\n ld a2, -4(s3)\n addi a1, a1, 1\n lw a3, -2(s3)',
    'rw',
    12,
  ],
  ['misaligned in a page', 'sd a0, 1(s1)\n ld a2, 3(s1)\n sw a1, 13(s1)\n lhu a4, 15(s1)', 'rw', 0],
  [
    'off a register that they change',
    'ld a2, 0(s1)\n addi s1, s1, 1\n ld a3, 0(s1)\n sd a0, 0(s1)\n mv s1, s2\n ld a4, 0(s1)',
    'rw',
    0,
  ],
  ['off a register that they load', 'sd s1, 0(s1)\n ld s1, 0(s1)\n ld s1, 0(s1)\n sd a0, 8(s1)', 'rw', 0],
  ['off x0', 'ld a2, 8(zero)\n sd a2, 16(zero)', 'rw', 12],
  [
    'of each width off one that was wide',
    'ld a2, 0(s1)\n lb a3, 3(s1)\n lbu a4, -1(s2)\n lh a5, 6(s1)\n lwu a6, 12(s1)',
    'rw',
    0,
  ],
  [
    'of each width off one that was narrow',
    'lb a2, 1(s1)\n ld a3, 0(s1)\n lw a4, 4(s1)\n sb a0, 2(s1)\n sd a1, 8(s1)',
    'rw',
    0,
  ],
  [
    'on both ways of a branch',
    'ld a2, 0(s1)\n andi t1, s0, 1\n beqz t1, 1f\n ld a3, 8(s1)\n sd a0, 16(s1)\n j 2f\n 1: ld a4, 24(s1)\n addi s1, s1, 8\n 2: ld a5, 0(s1)',
    'rw',
    0,
  ],
  ['read and then written, and the page is read-only', 'ld a2, 0(s2)\n sd a0, 0(s2)\n ld a3, 8(s2)', 'r', 6],
] as const)('accesses %s agree', (_name, body, permissions, faults) => {
  const { hart } = agree(program(body), {
    steps: 1000,
    prepare: paged([
      [DATA, DATA + 0x3000, 'rw'],
      [DATA + 4096, DATA + 0x1000, permissions],
    ]),
  })
  const { exceptions } = hart.counters.traps
  expect(exceptions[13]! + exceptions[15]!).toBe(faults)
})
