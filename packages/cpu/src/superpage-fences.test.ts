import { frameRange, gpa, gva, PageTable } from '@worldswitch/mmu'
import { describe, expect, test } from 'vitest'
import { board, Csr, engines } from '../test/board.ts'

const RAM = 0x8000_0000
const TABLES = 0x8004_0000
const LARGE = 0x4000_0000n
const SMALL = 0x20_0000n

/** Loads from a page of 2 MiB and from one of 4 KiB, then fences an address. */
const LOOP = `
1: ld a0, 0(s0)
   ld a1, 0(s1)
   sfence.vma s2
   j 1b`
const ROUND = 4

describe.each(engines)('%s', (engine) => {
  /** @returns a function that runs rounds and tells the misses of each. */
  function missesOfRounds(fenced: bigint) {
    const { hart, memory } = board(LOOP, { engine, monitor: 'M', pmpOpen: true })
    const table = new PageTable(memory, frameRange(TABLES, TABLES + 0x1_0000), 'sv39')
    const map = (va: bigint, size: number) =>
      table.map({ va: gva(va), pa: gpa(RAM), size, permissions: 'rwx', largestPage: size })
    map(BigInt(RAM), 4096)
    map(SMALL, 4096)
    map(LARGE, 2 ** 21)
    hart.writeX(8, LARGE)
    hart.writeX(9, SMALL)
    hart.writeX(18, fenced)
    hart.writeCsr(Csr.satp, table.satp(1))
    hart.privilege = 'S'
    return (rounds: number) =>
      Array.from({ length: rounds }, () => {
        const before = hart.tlbMisses
        hart.run(ROUND)
        return hart.tlbMisses - before
      })
  }

  test('fences of a small page drop that page alone', () => {
    expect(missesOfRounds(SMALL)(10)).toEqual([3, ...Array(9).fill(1)])
  })

  test('fences of a large page, with few misses between them, drop the whole address space instead of looking for it', () => {
    const run = missesOfRounds(LARGE + 0x5000n)
    // The first one looks for it, and leaves the small page and the code. The others leave nothing.
    expect(run(5)).toEqual([3, 2, 3, 3, 3])
    // A look at all entries for every 256 misses, no more: it saves two of them.
    const sum = run(1000).reduce((total, count) => total + count, 0)
    const looks = (3 * 1000 - sum) / 2
    expect(looks).toBeLessThanOrEqual(sum / 256)
    expect(looks).toBeGreaterThan(sum / 260 - 1)
  })

  test('fences are counted, of a page, of all and of the address space', () => {
    const { hart } = board('sfence.vma a0\nsfence.vma\ncsrr a1, satp\ncsrw satp, a1\nnop', {
      engine,
      monitor: 'M',
      pmpOpen: true,
    })
    expect(hart.fences).toBe(0)
    hart.privilege = 'S'
    hart.run(5)
    expect([hart.fences, hart.counters.fences]).toEqual([3, 3])
    hart.reset()
    expect(hart.fences).toBe(0)
  })
})
