import { expect, test } from 'vitest'
import { board } from '../../test/board.ts'

// A frame over the boundary of two pages: what one look-up was expected to serve needs two.
const PROGRAM = `
    li s0, 0x80100ff8
    li s1, 4000000
loop:
    ld a0, 0(s0)
    ld a1, 8(s0)
    add a0, a0, s1
    xor a1, a1, a0
    sd a0, 0(s0)
    sd a1, 8(s0)
    addi s1, s1, -1
    bnez s1, loop
    ebreak
`

test('a loop whose accesses off one register are in two pages is translated so that it stays in translated code', () => {
  const { hart } = board(PROGRAM, { engine: 'auto', monitor: 'M' })
  const first = hart.run(6_000_000)
  expect(first).toMatchObject({ reason: 'budget', steps: 6_000_000 })
  // Slices, as a machine makes them: the translator looks at what failed from time to time.
  for (let i = 0; i < 40; i++) hart.run(10_000)
  const { leaves, entries } = hart.translation!
  for (let i = 0; i < 40; i++) hart.run(10_000)
  expect(leaves.reach).toBeGreaterThan(500)
  expect(hart.translation!.leaves.reach).toBe(leaves.reach)
  expect(hart.translation!.entries - entries).toBeLessThan(400)
  const plain = board(PROGRAM, { engine: 'interpreter', monitor: 'M' }).hart
  plain.run(6_800_000)
  for (const register of [8, 9, 10, 11]) expect(hart.readX(register)).toBe(plain.readX(register))
})
