import { describe, expect, test } from 'vitest'
import { agree } from '../../test/agreement.ts'
import { board } from '../../test/board.ts'
import { paged } from '../../test/paged.ts'

const DATA = 0x8010_0000

/** A loop over memory: s1 is in the first of three pages, of which the second one may be something else. */
const program = (body: string, { from = 0, rounds = 700, before = '' } = {}): string => `
start:
  li s0, ${rounds}
  li s1, 0x${(DATA + from).toString(16)}
  li s2, 0x${(DATA + 0x2ff8).toString(16)}
  li s3, 0x${(DATA + 0x800).toString(16)}
  ${before}
again:
  ${body}
  addi s0, s0, -1
  bnez s0, again
  addi s4, s4, 1
  li t0, 3
  blt s4, t0, start
  j .`

const WALKS: readonly [string, string][] = [
  ['upwards', 'ld a0, 0(s1)\n add a1, a1, a0\n addi s1, s1, 8'],
  ['downwards', 'sd a0, 0(s2)\n addi a0, a0, 3\n addi s2, s2, -8'],
  ['by bytes, the pointer first', 'addi s1, s1, 1\n lbu a0, -1(s1)\n add a1, a1, a0'],
  ['unaligned over the boundary', 'lw a0, 3(s1)\n sw a1, 5(s1)\n add a1, a1, a0\n addi s1, s1, 9'],
  ['from one place to another', 'ld a0, 0(s1)\n sd a0, 0(s2)\n addi s1, s1, 8\n addi s2, s2, -8'],
  ['onto itself', 'lw a0, 0(s1)\n addi a0, a0, 7\n sw a0, 8(s1)\n lw a1, 4(s1)\n addi s1, s1, 4'],
  ['in two steps', 'ld a0, 0(s1)\n addi s1, s1, 16\n sd a0, -8(s1)\n addi s1, s1, -8\n ld a2, -8(s1)'],
  ['far apart', 'lw a0, 0(s1)\n add a1, a1, a0\n addi s1, s1, 500'],
  ['further than is looked ahead', 'lw a0, 0(s1)\n add a1, a1, a0\n addi s1, s1, 2000'],
  [
    'beside what stays',
    'ld a0, 0(s3)\n sd a1, 8(s3)\n add a1, a1, a0\n lb a2, 0(s1)\n sd a2, 0(s3)\n addi s1, s1, 1',
  ],
  [
    'on one of two ways',
    'andi t1, s0, 3\n beqz t1, 1f\n ld a0, 0(s1)\n add a1, a1, a0\n j 2f\n 1: sd a1, 8(s1)\n 2: addi s1, s1, 8',
  ],
  [
    'by different steps on two ways',
    'andi t1, s0, 3\n beqz t1, 1f\n ld a0, 0(s1)\n addi s1, s1, 8\n j 2f\n 1: sd a1, 0(s1)\n addi s1, s1, 16\n 2: add a1, a1, a0',
  ],
  [
    'with a way back in the middle',
    'ld a0, 0(s1)\n addi s1, s1, 8\n addi s0, s0, -1\n andi t1, s0, 1\n bnez t1, again\n sd a1, -8(s1)\n add a1, a1, a0',
  ],
  ['with a way out', 'lbu a0, 0(s1)\n addi s1, s1, 1\n addi a1, a1, 1\n li t1, 0x55\n beq a0, t1, start'],
  [
    'and set anew',
    'ld a0, 0(s1)\n add a1, a1, a0\n addi s1, s1, 8\n andi t1, s0, 31\n bnez t1, 1f\n mv s1, s3\n 1:',
  ],
  [
    'by a register that the memory changes',
    'ld a0, 0(s1)\n andi a0, a0, 8\n add s1, s1, a0\n addi s1, s1, 8',
  ],
]

describe.each([
  ['all of which is there', 'rw'],
  ['of which one is read-only', 'r'],
  ['of which one is not there', undefined],
] as const)('memory %s', (_name, middle) => {
  test.each(WALKS)('is walked %s', (_walk, body) => {
    agree(program(body), {
      steps: 9000,
      prepare: (machine) => {
        paged([
          [DATA, DATA + 0x4000, 'rw'],
          ...(middle === undefined ? [] : [[DATA + 0x1000, DATA + 0x3000, middle] as const]),
          [DATA + 0x2000, DATA + 0x1000, 'rw'],
        ])(machine)
        const { ram } = machine.memory
        for (let i = 0; i < 0x5000; i++) ram[0x10_0000 + i] = (i * 37) & 255
      },
    })
  })
})

test.each([
  ['the end of all addresses', 'li s1, -64', 'ld a0, 0(s1)\n addi s1, s1, 8'],
  ['the end, downwards over 0', 'li s1, 64', 'ld a0, 0(s1)\n addi s1, s1, -8'],
  ['what is no address', 'li s1, 1\n slli s1, s1, 62', 'sd a0, 0(s1)\n addi s1, s1, 8'],
  ['a device', 'li s1, 0x10000000', 'lbu a0, 5(s1)\n add a1, a1, a0\n addi s1, s1, 0'],
])('a walk at %s', (_name, before, body) => {
  agree(program(body, { before }), { steps: 3000, options: { monitor: 'M' } })
})

test('a walk over the code that does it', () => {
  // Stores what is there already: the region is dropped each time.
  agree(program('lw a0, 0(s1)\n sw a0, 0(s1)\n addi s1, s1, 4', { before: 'la s1, start' }), { steps: 2000 })
})

test('a loop over an array looks up a page once for several rounds, and stays in translated code', () => {
  const { hart } = board(
    program('ld a0, 0(s1)\n add a1, a1, a0\n sd a1, 8(s1)\n addi s1, s1, 8', { rounds: 1_000_000 }),
    { engine: 'auto', monitor: 'M' },
  )
  for (let i = 0; i < 40; i++) hart.run(20_000)
  const { entries, leaves } = hart.translation!
  for (let i = 0; i < 40; i++) hart.run(20_000)
  const after = hart.translation!
  // 133,000 rounds, 260 pages: none is left for the boundaries.
  expect(after.leaves.reach).toBe(leaves.reach)
  expect(after.entries - entries).toBeLessThan(700)
})
