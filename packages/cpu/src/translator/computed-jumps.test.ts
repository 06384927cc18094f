import { describe, expect, test } from 'vitest'
import { agree } from '../../test/agreement.ts'
import { board } from '../../test/board.ts'

/** A loop around `body`, which jumps by t1 to one of the cases; each adds to a0 and jumps on. */
const switching = (cases: number, choose = `remu t1, s0, t2`): string => `
    li s0, 1000000000
    li t2, ${cases}
    la s1, cases
  again:
    ${choose}
    slli t1, t1, 3
    add t1, t1, s1
    jr t1
  cases:
    ${Array.from({ length: cases }, (_, i) => `addi a0, a0, ${i + 1}\n j next`).join('\n')}
  next:
    addi s0, s0, -1
    bnez s0, again
    ebreak`

/** Each handler reads the next opcode and jumps to its handler: no loop but by computed jumps. */
const THREADED = `
    li s0, 0
    la s1, handlers
    j first
  .balign 16
  handlers:
    addi a0, a0, 1
    j go1
  .balign 16
    add a1, a1, a0
    j go2
  .balign 16
    xor a2, a2, a1
    j go3
  .balign 16
    addi a3, a3, 7
    j go4
  first:
  ${[1, 2, 3, 4]
    .map(
      (i) => `go${i}:
    addi s0, s0, ${i}
    srli t1, s0, 2
    xor t1, t1, s0
    andi t1, t1, 3
    slli t1, t1, 4
    add t1, t1, s1
    jr t1`,
    )
    .join('\n')}`

/** The same in a page of its own, entered from another. */
const inOwnPage = (body: string): string => `la t0, body\n jr t0\n .balign 4096\n body:\n ${body}`

describe('computed jumps inside of a page', () => {
  test.each([
    ['of a switch', switching(7)],
    ['of a switch of two', switching(2)],
    ['of a switch with more cases than can be entered', switching(100)],
    ['from handler to handler', THREADED],
    ['in another page than where they were entered from', inOwnPage(THREADED)],
  ])('%s agree', (_name, program) => {
    agree(program, { steps: 4000 })
  })

  test.each([
    ['of a switch', switching(7)],
    ['from handler to handler', THREADED],
  ])('%s stay in one region', (_name, program) => {
    const { hart } = board(program, { engine: 'auto', monitor: 'M' })
    hart.run(20_000_000)
    for (let i = 0; i < 64; i++) hart.run(100_000)
    const { dispatches, entries } = hart.translation!
    hart.run(1_000_000)
    expect(hart.translation!.dispatches - dispatches).toBeLessThan(5)
    expect(hart.translation!.entries - entries).toBeLessThan(5)
  })

  test('to a place that comes up late', () => {
    // Case 2 is chosen from the 300th round on only; the one behind the switch stays unknown.
    agree(
      switching(
        3,
        'li t1, 999999700\n sltu t1, s0, t1\n slli t1, t1, 1\n andi t3, s0, 31\n snez t3, t3\n and t1, t1, t3',
      ),
      { steps: 8000 },
    )
  })

  test('out of the page, into another with the same offset, and back', () => {
    agree(
      `
      li s0, 400
      la s1, near
      la s2, far
      j again
    .balign 64
    near:
      addi a0, a0, 1
      j next
    again:
      andi t1, s0, 3
      mv t2, s1
      beqz t1, 1f
      mv t2, s2
    1:
      jr t2
    next:
      addi s0, s0, -1
      bnez s0, again
      ebreak
    .balign 4096
      .skip 0x40
    far:
      addi a0, a0, 3
      la t3, next
      jr t3`,
      { steps: 5000 },
    )
  })

  test('to an odd address, whose lowest bit does not count', () => {
    agree(switching(4, 'remu t1, s0, t2\n ori t1, t1, 0').replaceAll('jr t1', 'jr 1(t1)'), { steps: 3000 })
  })

  test('to a case that is overwritten', () => {
    const { hart } = agree(
      `
      li s0, 60
      la s1, cases
      la s2, patch
      lw s3, 0(s2)
    again:
      andi t1, s0, 1
      slli t1, t1, 3
      add t1, t1, s1
      andi t2, s0, 15
      bnez t2, 1f
      sw s3, 0(s1)
    1:
      jr t1
    cases:
      addi a0, a0, 1
      j next
      addi a1, a1, 1
      j next
    next:
      addi s0, s0, -1
      bnez s0, again
      ebreak
    patch:
      addi a0, a0, 1024`,
      { steps: 600 },
    )
    // Rounds 60 to 50 by ones, from 48 on by the other.
    expect(hart.readX(10)).toBe(6n + 24n * 1024n)
  })
})
