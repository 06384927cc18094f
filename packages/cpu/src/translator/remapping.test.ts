import { describe, expect, test } from 'vitest'
import { agree, type Board } from '../../test/agreement.ts'
import { board } from '../../test/board.ts'
import { entryOf, paged } from '../../test/paged.ts'

const CODE = 0x4000_0000
const OTHER = 0x4000_1000
const ONE = 0x8010_0000
const TWO = 0x8010_1000
const hex = (value: number): string => `0x${value.toString(16)}`
/** Functions that add 1 and 100 to a0. */
const functions = ({ memory }: Board) => {
  const function_ = (immediate: number) => Uint32Array.of((immediate << 20) | 0x0005_0513, 0x0000_8067)
  memory.writeRam(ONE, new Uint8Array(function_(1).buffer))
  memory.writeRam(TWO, new Uint8Array(function_(100).buffer))
}
const prepare = (machine: Board) => {
  paged([
    [CODE, ONE, 'rwx'],
    [OTHER, TWO, 'rwx'],
  ])(machine)
  functions(machine)
  machine.hart.writeX(20, BigInt(entryOf(machine, ONE)))
  machine.hart.writeX(21, BigInt(entryOf(machine, TWO)))
}
const calls = (between: string): string => `
  li s0, 10
  li s1, ${hex(CODE)}
  li s2, ${hex(OTHER)}
again:
  jalr ra, 0(s1)
  jalr ra, 0(s2)
  jalr ra, 0(s1)
  ${between}
  addi s0, s0, -1
  bnez s0, again
  j .`

describe('a page of translated code', () => {
  test.each([
    ['that stays where it is', 'nop', 10n * 102n],
    [
      'that changes places with another',
      'ld t1, 0(s4)\n ld t2, 0(s5)\n sd t2, 0(s4)\n sd t1, 0(s5)\n sfence.vma',
      5n * 102n + 5n * 201n,
    ],
    ['that another address gets, too', 'ld t1, 0(s4)\n sd t1, 0(s5)\n sfence.vma', 102n + 9n * 3n],
    [
      'that is written by its other address',
      'li t3, 0x40001000\n ld t1, 0(s4)\n sd t1, 0(s5)\n sfence.vma\n li t2, 0x00250513\n sw t2, 0(t3)',
      102n + 9n * 6n,
    ],
  ])('%s', (_name, between, result) => {
    const { hart } = agree(calls(between), { prepare, steps: 200 })
    expect(hart.readX(10)).toBe(result)
  })

  test('that may not be executed any more raises an exception', () => {
    const { hart } = agree(calls('ld t1, 0(s4)\n andi t1, t1, ~8\n sd t1, 0(s4)\n sfence.vma'), {
      prepare,
      steps: 200,
    })
    expect(hart.counters.traps.exceptions[12]).toBeGreaterThan(0)
  })

  test('is translated once for all of its addresses', () => {
    const { hart } = agree(calls('ld t1, 0(s4)\n sd t1, 0(s5)\n sfence.vma'), { prepare, steps: 60 })
    const before = hart.translation!.translated
    hart.run(60)
    expect(hart.translation!.translated).toBe(before)
  })
})

describe('more code than there is room for', () => {
  const pages = Array.from(
    { length: 12 },
    (_, i) =>
      `.balign 4096\n p${i}: addi a${i % 6}, a${i % 6}, ${i + 1}\n ${i === 11 ? 'addi s0, s0, -1\n bnez s0, far\n j .\n far: la t1, p0' : `la t1, p${i + 1}`}\n jr t1`,
  )
  const program = `li s0, 20\n la t1, p0\n jr t1\n${pages.join('\n')}`

  test('is executed with few pages of records', () => {
    const machine = agree(program, { options: { sizes: { codePages: 4 } } })
    expect(machine.memory.code.resets).toBeGreaterThan(5)
    expect(machine.hart.translation!.evicted).toBeGreaterThan(20)
    expect(machine.hart.translation!.regions).toBeLessThan(20)
  })

  test('that never stays the same keeps no more than a few regions', () => {
    const { hart } = board(
      `
    la s1, victim
    li s2, 0x00150513
    li s3, 0x100000
    li s4, 0x80000000
    la t0, again
    jr t0
  .balign 4096
  again:
    sw s2, 0(s1)
    add s2, s2, s3
    or s2, s2, zero
  victim:
    addi a0, a0, 1
    add a1, a1, a0
    j again`,
      { engine: 'translator' },
    )
    hart.run(6000)
    const { regions, modules, translated } = hart.translation!
    expect(translated).toBeGreaterThan(300)
    expect(regions).toBeLessThan(20)
    expect(modules).toBeLessThan(20)
  })
})

test('fences, with and without an address, follow each other until contexts run out, and after it', () => {
  const rounds = 400
  const swap = 'ld t1, 0(s4)\n ld t2, 0(s5)\n sd t2, 0(s4)\n sd t1, 0(s5)'
  const { hart } = agree(
    `li s0, ${rounds}
     li s1, ${hex(CODE)}
     li s2, ${hex(OTHER)}
     li s3, 1
     again:
     ${swap}
     sfence.vma zero, s3
     lw t3, 0(s1)
     add a1, a1, t3
     ${swap}
     sfence.vma
     lw t3, 0(s1)
     add a2, a2, t3
     ${swap}
     sfence.vma s1, s3
     sfence.vma s2, zero
     lw t3, 0(s1)
     add a3, a3, t3
     ${swap}
     sfence.vma s1
     sfence.vma s2
     addi s0, s0, -1
     bnez s0, again
     j .`,
    { prepare, steps: 40 * rounds },
  )
  const added = (first: bigint) => BigInt(rounds) * first
  const [one, two] = [0x0015_0513n, 0x0645_0513n]
  expect([8, 11, 12, 13].map((x) => hart.readX(x))).toEqual([0n, added(two), added(one), added(two)])
})
