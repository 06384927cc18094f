import { assemble } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import { agree, type Board } from '../../test/agreement.ts'
import { board, lateLimits } from '../../test/board.ts'
import { entryOf, paged } from '../../test/paged.ts'
import { MachineMemory } from '../machine-memory.ts'
import { CallLinks, type ModuleLinks } from './call-links.ts'
import { FIRST_LINK } from './module-table.ts'
import { CallLinkCells } from './region-links.ts'

/** Two pages that follow each other in the guest's addresses, and one that is elsewhere. */
const CODE = 0x4000_2000
const OTHER = 0x5000_5000
/** Where the first of them is in RAM, what follows there, and a page further on. */
const ONE = 0x8010_0000
const NEXT = 0x8010_1000
const FAR = 0x8010_3000

const hex = (value: number): string => `0x${value.toString(16)}`
const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer)
/** Adds to a0 and returns. */
const adding = (immediate: number): Uint8Array => words((immediate << 20) | 0x0005_0513, 0x0000_8067)

/** A function in the first page that calls the start of the second. */
const calling = (call: string): Uint8Array =>
  assemble(`f: mv t6, ra\n ${call}\n mv ra, t6\n ret\n .balign 4096\n g: addi a0, a0, 1\n ret`, {
    origin: BigInt(CODE),
  }).bytes

/** @param second - where the second page is; its function adds 100, what follows the first page in RAM adds 1. */
const prepare =
  (second: number, call = 'jal g') =>
  (machine: Board) => {
    paged([
      [CODE, ONE, 'rwx'],
      [CODE + 0x1000, second, 'rwx'],
      [OTHER, second === NEXT ? FAR : NEXT, 'rwx'],
    ])(machine)
    machine.memory.writeRam(ONE, calling(call))
    machine.memory.writeRam(FAR, adding(100))
    machine.hart.writeX(20, BigInt(entryOf(machine, NEXT)))
    machine.hart.writeX(21, BigInt(entryOf(machine, FAR)))
  }

/** @param between - after each round, in which f and what is at {@link OTHER} are called. */
const rounds = (count: number, between = 'nop'): string => `
  li s0, ${count}
  li s1, ${hex(CODE)}
  li s2, ${hex(OTHER)}
  li s3, ${hex(CODE + 0x1000)}
again:
  jalr ra, 0(s1)
  jalr ra, 0(s2)
  ${between}
  addi s0, s0, -1
  bnez s0, again
  j .`

const SWAP = 'ld t1, 0(s4)\n ld t2, 0(s5)\n sd t2, 0(s4)\n sd t1, 0(s5)\n sfence.vma'
/** A call by JAL, and one by AUIPC and JALR. */
const calls = ['jal g', 'auipc t0, 1\n jalr ra, -4(t0)']

describe.each(calls)('a call into the next page: %s', (call) => {
  test.each([
    ['what follows in RAM', NEXT, 1n],
    ['a page further on', FAR, 100n],
  ])('goes to %s, when both are translated together', (_name, second, added) => {
    const machine = board(rounds(60_000), { engine: 'auto' })
    prepare(second, call)(machine)
    machine.hart.run(1_000_000)
    expect(machine.hart.readX(8)).toBe(0n)
    expect(machine.hart.translation!.translated).toBeGreaterThan(2)
    expect(machine.hart.readX(10)).toBe(60_000n * 101n)
    const { dispatches } = machine.hart.translation!
    // The loop's two computed calls are dispatched in any case; the third call is not, where a link leads.
    if (added === 1n) expect(dispatches).toBeLessThan(130_000)
    else expect(dispatches).toBeGreaterThan(160_000)
  })

  test.each([
    ['stays where it is', 'nop', 20n * 101n],
    ['changes places with another', SWAP, 20n * 101n],
    ['gets the other one', 'ld t1, 0(s5)\n sd t1, 0(s4)\n sfence.vma', 101n + 19n * 200n],
    ['is overwritten', 'li t2, 0x00250513\n sw t2, 0(s3)', 101n + 19n * 102n],
    [
      'is overwritten, and goes back to what it was',
      'li t2, 0x00250513\n sw t2, 0(s3)\n jalr ra, 0(s1)\n li t2, 0x00150513\n sw t2, 0(s3)',
      20n * 103n,
    ],
  ])('agrees on all engines while that %s', (_name, between, result) => {
    const { hart } = agree(rounds(20, between), { prepare: prepare(NEXT, call), steps: 700 })
    expect(hart.readX(10)).toBe(result)
  })

  test('raises an exception when that may not be executed any more', () => {
    const { hart } = agree(rounds(20, 'ld t1, 0(s4)\n andi t1, t1, ~8\n sd t1, 0(s4)\n sfence.vma'), {
      prepare: prepare(NEXT, call),
      steps: 300,
    })
    expect(hart.counters.traps.exceptions[12]).toBeGreaterThan(0)
  })
})

test('a callee that is translated after its caller is linked', () => {
  const machine = board(rounds(50_000, 'addi a1, a1, 1'), { engine: 'auto' })
  const late = prepare(NEXT, 'bgtz a7, 1f\n jal g\n 1:')
  late(machine)
  // At first the caller does not get to its call.
  machine.hart.writeX(17, 1n)
  machine.hart.run(200_000)
  const callers = machine.hart.translation!.translated
  machine.hart.writeX(17, 0n)
  machine.hart.run(200_000)
  expect(machine.hart.translation!.translated).toBeGreaterThan(callers)
  const before = machine.hart.translation!
  machine.hart.run(100_000)
  const after = machine.hart.translation!
  const rate = (after.dispatches - before.dispatches) / (after.steps - before.steps)
  // 13 steps a round, two of which dispatch.
  expect(rate).toBeLessThan(2.2 / 13)
})

test('calls between more modules than there may be go where they should', () => {
  const pages = Array.from(
    { length: 10 },
    (_, i) => `.balign 4096\n p${i}: addi sp, sp, -16\n sd ra, 0(sp)\n addi a0, a0, ${i + 1}
      ${i === 9 ? '' : `call p${i + 1}`}\n addi a1, a1, ${i + 1}\n ld ra, 0(sp)\n addi sp, sp, 16\n ret`,
  )
  const program = `li sp, 0x80180000\n li s0, 300\n again: call p0\n addi s0, s0, -1\n bnez s0, again\n j .\n ${pages.join('\n')}`
  const limits = {
    ...lateLimits,
    ...{ threshold: 3, batch: 1, patience: 0, loopPeriod: 8_000_000, modules: 4 },
  }
  const { hart } = board(program, { engine: 'auto', limits })
  hart.run(100_000)
  expect([hart.readX(10), hart.readX(11)]).toEqual([300n * 55n, 300n * 55n])
})

describe('links', () => {
  const links = (): { memory: MachineMemory; links: CallLinks; places: number[] } => {
    const memory = new MachineMemory({ ramBytes: 0x20_0000, codePages: 16 })
    const places = Array.from({ length: CallLinkCells.size / 4 }, (_, i) => memory.ramOffset + 2 * i)
    return { memory, links: new CallLinks(memory), places }
  }
  const moduleOf = (taken: ModuleLinks['links']): ModuleLinks => ({
    table: new WebAssembly.Table({ element: 'anyfunc', initial: FIRST_LINK + taken.size }),
    links: taken,
  })

  test('have cells of their own, and none when there is no room', () => {
    const { links: all, places } = links()
    const taken = all.take(places)
    expect(new Set([...taken.values()].map(({ cell }) => cell)).size).toBe(places.length)
    expect([...taken.values()].map(({ index }) => index)).toEqual(places.map((_, i) => FIRST_LINK + i))
    expect(all.take(places.slice(0, 1)).size).toBe(0)
  })

  test('are there again when their module is gone', () => {
    const { links: all, places } = links()
    const module = moduleOf(all.take(places))
    all.add(module, () => undefined)
    all.remove(module)
    expect(all.take(places).size).toBe(places.length)
  })

  test('lead to RAM only', () => {
    const { links: all, memory } = links()
    const { ramOffset, ramBytes } = memory
    const taken = all.take([ramOffset - 2, ramOffset, ramOffset + ramBytes - 2, ramOffset + ramBytes, -4096])
    expect([...taken.keys()]).toEqual([ramOffset, ramOffset + ramBytes - 2])
  })
})
