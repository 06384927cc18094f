import { describe, expect, test } from 'vitest'
import { agree } from '../../test/agreement.ts'
import { SKIPPING_TRAP, SUM } from '../../test/assembly.ts'
import { MOST_NESTED_REGIONS } from './region-links.ts'

/** Jumps to `start` in a page of its own; traps resume four bytes further on. */
const program = (body: string): string => `
  la t0, trap
  csrw mtvec, t0
  li sp, 0x80180000
  la t0, start
  jr t0
${SKIPPING_TRAP}
.balign 4096
${body}
end: j end
`

/** `depth` calls deep and back, adding up what is left at every level. */
const recursion = (depth: number): string =>
  program(`
  start: li a0, ${depth}
    jal sum
    li a0, ${depth}
    jal sum
    j end
  ${SUM}`)

describe('calls', () => {
  test.each([
    1,
    2,
    MOST_NESTED_REGIONS - 1,
    MOST_NESTED_REGIONS,
    MOST_NESTED_REGIONS + 1,
    3 * MOST_NESTED_REGIONS,
    1000,
  ])('%i deep come back', (depth) => {
    const { hart } = agree(recursion(depth), { steps: 40 * depth + 100 })
    expect(hart.readX(10)).toBe(BigInt((depth * (depth + 1)) / 2))
  })

  test('that never come back do not exhaust the stack of the host', () => {
    const { hart } = agree(program('start: addi a0, a0, 1\n call start'), { steps: 20_000 })
    expect(hart.readX(10)).toBeGreaterThan(6000n)
  })

  test.each([
    [
      'to a caller further out',
      'start: li s0, 30\n again: call one\n back: addi s0, s0, -1\n bnez s0, again\n j end\n one: mv s1, ra\n call two\n addi a0, a0, 100\n jr s1\n two: call three\n addi a0, a0, 1000\n ret\n three: addi a0, a0, 1\n mv ra, s1\n ret',
      30n,
    ],
    [
      'behind the place where it was called',
      'start: li s0, 30\n again: call one\n addi a0, a0, 100\n addi a0, a0, 1\n addi s0, s0, -1\n bnez s0, again\n j end\n one: addi ra, ra, 4\n ret',
      30n,
    ],
    [
      'to another page',
      'start: li s0, 30\n again: call one\n addi a0, a0, 100\n back: addi s0, s0, -1\n bnez s0, again\n j end\n one: la ra, other\n ret\n .balign 4096\n other: addi a0, a0, 1\n la t1, back\n jr t1',
      30n,
    ],
    [
      'by a tail call',
      'start: li s0, 30\n again: call one\n addi s0, s0, -1\n bnez s0, again\n j end\n one: addi a0, a0, 1\n j two\n two: addi a0, a0, 2\n tail three\n .balign 4096\n three: addi a0, a0, 3\n ret',
      180n,
    ],
    [
      'through the other link register',
      'start: li s0, 30\n again: jal t0, one\n addi s0, s0, -1\n bnez s0, again\n j end\n one: addi a0, a0, 1\n jalr zero, 0(t0)',
      30n,
    ],
    [
      'through a register that is none',
      'start: li s0, 30\n again: jal a5, one\n addi s0, s0, -1\n bnez s0, again\n j end\n one: addi a0, a0, 1\n jr a5',
      30n,
    ],
    [
      'by swapping places with the caller',
      'start: li s0, 30\n la t1, two\n again: call one\n addi s0, s0, -1\n bnez s0, again\n j end\n one: la t0, two\n jalr ra, 0(t0)\n addi a0, a0, 1\n mv ra, s2\n la t1, after\n jr t1\n two: addi a0, a0, 2\n ret\n after: la t1, again\n addi t1, t1, 8\n addi s0, s0, -1\n bnez s0, one\n j end',
      90n,
    ],
    [
      'by a register that holds the callee',
      'start: li s0, 30\n again: la ra, one\n jalr ra, 0(ra)\n addi s0, s0, -1\n bnez s0, again\n j end\n one: addi a0, a0, 1\n ret',
      30n,
    ],
    [
      'and a return that is odd',
      'start: li s0, 30\n again: call one\n addi s0, s0, -1\n bnez s0, again\n j end\n one: addi a0, a0, 1\n addi ra, ra, 1\n ret',
      30n,
    ],
  ])('return %s', (_name, body, result) => {
    expect(agree(program(body)).hart.readX(10)).toBe(result)
    // The same in one instruction, whose target is known.
    const direct = body.replaceAll('call ', 'jal ')
    expect(agree(program(direct)).hart.readX(10)).toBe(result)
  })

  test('across pages work in both directions', () => {
    agree(
      program(`
    start: li s0, 50
    again: la t1, far
      jalr ra, 0(t1)
      addi s0, s0, -1
      bnez s0, again
      j end
    near: addi a1, a1, 1
      ret
    .balign 4096
    far: mv s1, ra
      addi a0, a0, 1
      la t1, near
      jalr ra, 0(t1)
      la t1, near
      jalr ra, 0(t1)
      jr s1`),
    )
  })
})

describe('jumps', () => {
  test.each([
    [
      'computed, within the page',
      'start: li s0, 60\n again: andi t1, s0, 3\n la t2, table\n slli t3, t1, 3\n add t2, t2, t3\n ld t2, 0(t2)\n jr t2\n zero: addi a0, a0, 1\n j next\n one: addi a1, a1, 1\n j next\n two: addi a2, a2, 1\n j next\n three: addi a3, a3, 1\n next: addi s0, s0, -1\n bnez s0, again\n j end\n .balign 8\n table: .dword zero, one, two, three',
    ],
    [
      'into the middle of a loop',
      'start: li s0, 60\n li s1, 5\n j middle\n outer: addi s1, s1, 5\n inner: addi a0, a0, 1\n middle: addi a1, a1, 1\n addi s1, s1, -1\n bnez s1, inner\n addi s0, s0, -1\n bnez s0, outer',
    ],
    [
      'into two loops from each other',
      'start: li s0, 200\n one: addi a0, a0, 1\n addi s0, s0, -1\n beqz s0, end\n andi t1, s0, 1\n bnez t1, b2\n a2: addi a1, a1, 1\n andi t1, s0, 3\n bnez t1, one\n two: addi a2, a2, 1\n addi s0, s0, -1\n beqz s0, end\n andi t1, s0, 4\n bnez t1, a2\n b2: addi a3, a3, 1\n andi t1, s0, 8\n bnez t1, two\n j one',
    ],
    [
      'to the next instruction and to themselves',
      'start: li s0, 40\n again: beq s0, s0, .+4\n j .+4\n bne s0, s0, .\n addi s0, s0, -1\n bnez s0, again\n beqz s0, .',
    ],
    [
      'out of the page and in again',
      'start: li s0, 60\n again: j far\n back: addi a0, a0, 1\n addi s0, s0, -1\n bnez s0, again\n j end\n .balign 4096\n far: addi a1, a1, 1\n j back',
    ],
    [
      'over the end of the page',
      'start: li s0, 60\n j before\n .zero 4072\n before: addi a0, a0, 1\n c.nop\n again: addi a1, a1, 1\n addi a2, a2, 1\n addi s0, s0, -1\n bnez s0, before',
    ],
    [
      'with an instruction on the end of the page',
      'start: li s0, 60\n j before\n .zero 4078\n before: addi a0, a0, 1\n addi a1, a1, 1\n addi a2, a2, 1\n addi s0, s0, -1\n bnez s0, before',
    ],
    [
      'to a page whose last instruction is half of one',
      'start: li s0, 60\n j before\n .zero 4078\n before: addi a0, a0, 1\n c.nop\n c.nop\n c.nop\n c.nop\n addi s0, s0, -1\n bnez s0, before',
    ],
  ])('%s', (_name, body) => {
    agree(program(body))
  })

  test('to the middle of an instruction execute what is there, too', () => {
    const { hart } = agree(
      program(`
    start: li s0, 40
      la s1, inside
    again: andi t1, s0, 1
      add t1, t1, t1
      add t1, t1, s1
      jr t1
      .balign 4
    inside: .word 0x05850537
      addi a1, a1, 1
      addi s0, s0, -1
      bnez s0, again`),
    )
    // A LUI, whose upper half is C.ADDI a1, 1.
    expect(hart.readX(11)).toBe(60n)
  })
})

describe('large code', () => {
  test.each([399, 400, 401, 900])('of %i instructions in a loop is executed', (count) => {
    const { hart } = agree(
      program(
        `start: li s0, 5\n again: ${'c.addi a0, 1\n '.repeat(count)}addi s0, s0, -1\n beqz s0, end\n j again`,
      ),
      { steps: 5 * count + 100 },
    )
    expect(hart.readX(10)).toBe(BigInt(5 * count))
  })

  test('of many branches is executed', () => {
    const branches = Array.from(
      { length: 120 },
      (_, i) => `andi t1, s0, ${1 << (i % 5)}\n bnez t1, n${i}\n addi a0, a0, ${i}\n n${i}: c.addi a1, 1`,
    )
    agree(
      program(`start: li s0, 9\n again: ${branches.join('\n ')}\n addi s0, s0, -1\n beqz s0, end\n j again`),
      { steps: 6000 },
    )
  })

  test('of nested loops is executed', () => {
    const depth = 9
    const open = Array.from({ length: depth }, (_, i) => `li x${10 + i}, 2\n l${i}: addi s1, s1, 1`)
    const close = Array.from({ length: depth }, (_, i) => depth - 1 - i).map(
      (i) => `addi x${10 + i}, x${10 + i}, -1\n bnez x${10 + i}, l${i}`,
    )
    agree(program(`start: ${[...open, ...close].join('\n ')}`), { steps: 9000 })
  })
})

describe('small loops, which are repeated in themselves,', () => {
  /** Rounds from 0 to 40, so that they end in every copy. */
  const rounds = (loop: string): string =>
    program(`
    start: li s0, 40
    outer: mv a0, s0
      li a1, 0
      li a2, 0
    ${loop}
      add s1, s1, a1
      xor s2, s2, a2
      addi s0, s0, -1
      bgez s0, outer
      j end`)

  test.each([
    ['that count down', 'again: addi a1, a1, 3\n addi a0, a0, -1\n bgtz a0, again'],
    [
      'with two ways back',
      'again: addi a0, a0, -1\n andi a3, a0, 3\n beqz a3, 1f\n addi a1, a1, 1\n bgtz a0, again\n j 2f\n 1: addi a2, a2, 5\n bgtz a0, again\n 2: nop',
    ],
    [
      'with three ways out that meet again',
      'again: addi a0, a0, -1\n li a3, 17\n beq a1, a3, 1f\n addi a1, a1, 1\n li a3, 30\n beq a1, a3, 2f\n bgtz a0, again\n j 3f\n 1: addi a2, a2, 1\n j 3f\n 2: addi a2, a2, 2\n bltz a0, outer\n 3: addi a2, a2, 4',
    ],
    [
      'with a loop behind them',
      'again: addi a1, a1, 1\n addi a0, a0, -1\n bgtz a0, again\n li a4, 5\n 1: addi a2, a2, 1\n addi a4, a4, -1\n bgtz a4, 1b',
    ],
    [
      'that load, store and straddle',
      'la a4, bytes\n again: ld a3, 0(a4)\n addi a3, a3, 1\n sd a3, 0(a4)\n add a1, a1, a3\n addi a4, a4, 12\n addi a0, a0, -1\n bgtz a0, again',
    ],
    [
      'that may have to be left for floating point',
      'li a5, 0x6000\n csrs mstatus, a5\n again: fcvt.d.l f1, a0\n fadd.d f2, f2, f1\n addi a0, a0, -1\n bgtz a0, again\n fcvt.l.d a1, f2\n csrc mstatus, a5',
    ],
  ])('%s agree', (_name, loop) => {
    agree(rounds(loop).concat('\n.balign 4096\n.skip 4000\nbytes: .skip 600'), { steps: 20_000 })
  })
})
