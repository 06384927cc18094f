import { describe, expect, test } from 'vitest'
import { board } from '../../test/board.ts'

const long = (count: number): string =>
  Array.from({ length: count }, (_, i) => `addi a2, a2, ${i + 1}\n xor a3, a3, a2`).join('\n')

/** A loop whose way of many rounds skips what its later rounds go through. */
const skipping = (count: number): string => `
    li s0, 1000000000
    li s1, 100000
  loop:
    addi a0, a0, 1
    addi s1, s1, -1
    bgtz s1, skip
    ${long(count)}
  skip:
    addi s0, s0, -1
    bnez s0, loop
    ebreak`

/** A loop that from a later round on goes another way, which returns to the same loop or to another one. */
const turning = (back: string, count: number): string => `
    li s0, 1000000000
    li s1, 100000
  loop:
    addi a0, a0, 1
    addi s1, s1, -1
    bltz s1, later
  next:
    addi s0, s0, -1
    bnez s0, loop
    ebreak
    .skip 512
  later:
    ${long(count)}
    j ${back}`

/** A function that a loop calls, and that from a later call on goes through more. */
const calling = (count: number): string => `
    li s0, 1000000000
    li s1, 100000
  loop:
    jal f
    addi s0, s0, -1
    bnez s0, loop
    ebreak
  f:
    addi a0, a0, 1
    addi s1, s1, -1
    bgtz s1, 1f
    ${long(count)}
  1:
    ret`

/**
 * So much that is interpreted before, none of it often enough to be translated, that what has not been executed is left
 * out of regions.
 */
const LONG_BEFORE = Array.from(
  { length: 40 },
  () => `
    li t6, 160
  1:
    ${'addi t5, t5, 1\n'.repeat(400)}
    addi t6, t6, -1
    bnez t6, 1b
    j 2f
  .balign 4096
  2:`,
).join('\n')

describe.each([
  ['at once', '', 0],
  ['late', LONG_BEFORE, 2_600_000],
])(
  '%s: code that is executed for the first time when its loop has long been translated',
  (_when, before, steps) => {
    test.each([
      ['short, decoded with what is before it', skipping(3)],
      ['longer than what is decoded at once', skipping(60)],
      ['elsewhere', turning('next', 3)],
      ['elsewhere and long', turning('next', 60)],
      ['of a function', calling(3)],
      ['of a function, and long', calling(60)],
      ['elsewhere, back to the start', turning('loop', 3)],
    ])('%s: the loop does not leave its region', (_name, body) => {
      const program = before + body
      const { hart } = board(program, { engine: 'auto', monitor: 'M' })
      hart.run(steps)
      expect(hart.counters.traps.exceptions[2]).toBe(0)
      expect(hart.translation!.translated).toBe(0)
      for (let i = 0; i < 100; i++) hart.run(100_000)
      const { leaves, entries, dispatches, translated } = hart.translation!
      for (let i = 0; i < 20; i++) hart.run(100_000)
      const after = hart.translation!
      expect(after.translated).toBe(translated)
      expect(after.leaves.instruction).toBe(leaves.instruction)
      // Some times where the steps of a run end, not in each of the more than 10,000 rounds.
      expect(after.entries - entries).toBeLessThan(500)
      expect(after.dispatches - dispatches).toBeLessThan(500)
      const plain = board(program, { engine: 'interpreter', monitor: 'M' }).hart
      plain.run(steps + 12_000_000)
      for (const register of [8, 9, 10, 11, 12, 13]) expect(hart.readX(register)).toBe(plain.readX(register))
    })
  },
)
