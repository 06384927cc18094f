import { assemble } from '@worldswitch/isa'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { board, Csr, engines, snapshot } from '../test/board.ts'
import { DATA, guestBoard, NEXT, Pte, Tree } from '../test/guest-board.ts'
import { Predecoder } from './predecoder.ts'

const START = 0x8000_0ffe
/** What stands behind the instruction: jumps end here, too. */
const REST = 'addi a7, a7, 1\n1: j 1b'

const programs = [
  ['addi a0, a0, 7'],
  ['mul a0, a0, a1'],
  ['auipc a0, 1'],
  ['ld a2, 8(s0)'],
  ['sd a0, 8(s0)'],
  ['ld a2, 1(s1)'],
  ['lr.d a2, (s0)'],
  ['amoadd.d a2, a1, (s0)'],
  ['fadd.d f0, f1, f2'],
  ['beq a0, a0, . + 8'],
  ['bne a0, a0, . + 8'],
  ['beq a0, a0, . - 14'],
  ['jal ra, . + 8'],
  ['jal zero, . - 14'],
  ['jalr ra, 0(a3)'],
  ['csrrw a2, mscratch, a0'],
  ['csrrs a2, mstatus, a1'],
  ['csrrs a2, time, zero'],
  ['sfence.vma'],
  ['cbo.zero (s0)'],
  ['wfi'],
  ['ecall'],
  ['ebreak'],
  ['mret'],
  ['fence.i'],
  ['.word 0xffffffff'],
] as const

afterEach(() => void vi.restoreAllMocks())

describe.each(engines)('%s', (engine) => {
  const run = (program: string, by: typeof engine) => {
    const { hart, memory } = board('nop', {
      engine: by,
      extensions: ['Zicntr', 'M', 'A', 'F', 'D', 'C', 'Zicboz'],
    })
    memory.writeRam(START - 14, assemble('1: j 1b', { origin: BigInt(START - 14) }).bytes)
    memory.writeRam(START, assemble(`${program}\n${REST}`, { origin: BigInt(START) }).bytes)
    memory.store64(0x8000_4008, 0x1122_3344_5566_7788n)
    for (const [x, value] of [
      [8, 0x8000_4000n],
      [9, 0x8000_4ffcn],
      [10, 3n],
      [11, 5n],
      [13, BigInt(START + 8)],
    ] as const)
      hart.writeX(x, value)
    hart.writeCsr(Csr.mstatus, 3n << 13n)
    hart.writeCsr(Csr.mtvec, BigInt(START + 8))
    hart.writeCsr(Csr.mepc, BigInt(START + 8))
    const states: unknown[] = []
    for (let i = 0; i < 3; i++) {
      hart.pc = BigInt(START)
      for (const steps of [1, 1, 5]) {
        hart.run(steps)
        states.push(snapshot(hart))
      }
    }
    const data = new Uint8Array(64)
    memory.readRam(0x8000_4000, data)
    return { states, data }
  }

  test.each(programs)('%s lies across two pages and does what it does elsewhere', (program) => {
    expect(run(program, engine)).toEqual(run(program, 'reference'))
  })

  test('one that the host has overwritten is what was written', () => {
    const { hart, memory } = board('nop', { engine })
    for (const [half, expected] of [
      [0x0070, 7n],
      [0x0050, 5n],
    ] as const) {
      memory.store16(START, 0x0513)
      memory.store16(START + 2, half)
      for (let i = 0; i < 2; i++) {
        hart.writeX(10, 0n)
        hart.pc = BigInt(START)
        hart.run(1)
        expect([hart.readX(10), hart.pc]).toEqual([expected, BigInt(START + 4)])
      }
    }
  })

  test('one whose second page is another in another address space is another instruction there', () => {
    const { hart, memory } = board('nop', { engine, pmpOpen: true })
    const CODE = 0x4000_0000
    // addi a0, a0, 5 and 7: the second halves are in pages of their own.
    memory.store16(START, 0x0513)
    memory.store16(0x8001_0000, 0x0055)
    memory.store16(0x8001_1000, 0x0075)
    const spaces = [0x8002_0000, 0x8003_0000].map((root, i) => {
      const tree = new Tree(memory, root)
      tree.map(CODE, START - 0xffe, Pte.kernel)
      tree.map(CODE + 0x1000, 0x8001_0000 + i * 0x1000, Pte.kernel)
      return (8n << 60n) | (BigInt(i + 1) << 44n) | BigInt(root / 4096)
    })
    hart.privilege = 'S'
    let expected = 0n
    for (const [i, added] of [
      [0, 5n],
      [0, 5n],
      [1, 7n],
      [0, 5n],
      [1, 7n],
    ] as const) {
      hart.writeCsr(Csr.satp, spaces[i])
      hart.pc = BigInt(CODE + 0xffe)
      hart.run(1)
      expected += added
      expect([hart.readX(10), hart.pc]).toEqual([expected, BigInt(CODE + 0x1002)])
    }
    // And when the page is unmapped the fetch faults.
    new Tree(memory, 0x8003_0000).map(CODE + 0x1000, 0, 0)
    hart.flushTlb()
    hart.pc = BigInt(CODE + 0xffe)
    hart.run(1)
    expect([hart.readCsr(Csr.mcause), hart.readCsr(Csr.mepc), hart.readCsr(Csr.mtval)]).toEqual([
      12n,
      BigInt(CODE + 0xffe),
      BigInt(CODE + 0x1000),
    ])
  })

  test('one whose first page has the records that another page had is not the one of before', () => {
    const { hart, memory } = board('nop', { engine, pmpOpen: true, sizes: { codePages: 4 } })
    const CODE = 0x4000_0000
    // addi a0, a0, 5; addi a1, a0, 5: the first halves are in pages of their own.
    const firsts = [START, START + 0x1_0000]
    memory.store16(firsts[0]!, 0x0513)
    memory.store16(firsts[1]!, 0x0593)
    const SECOND = 0x8002_0000
    memory.store16(SECOND, 0x0055)
    const execute = (pc: number): void => {
      hart.pc = BigInt(pc)
      hart.run(1)
    }
    const enter = (space: number): void =>
      hart.writeCsr(
        Csr.satp,
        (8n << 60n) | (BigInt(space) << 44n) | BigInt((0x8003_0000 + space * 0x1_0000) / 4096),
      )
    firsts.forEach((first, space) => {
      const tree = new Tree(memory, 0x8003_0000 + space * 0x1_0000)
      tree.map(CODE, first - 0xffe, Pte.kernel)
      tree.map(CODE + 0x1000, SECOND, Pte.kernel)
      for (let page = 2; page < 4; page++) {
        memory.writeRam(0x8001_8000 + page * 0x1000, assemble('nop').bytes)
        tree.map(CODE + page * 0x1000, 0x8001_8000 + page * 0x1000, Pte.kernel)
      }
      for (const at of [first - 0xffe, SECOND + 2]) memory.store16(at, 1)
    })
    hart.privilege = 'S'
    enter(0)
    for (const at of [0, 0x1002, 0x2000, 0x3000, 0xffe]) execute(CODE + at)
    expect([hart.readX(10), hart.readX(11)]).toEqual([5n, 0n])
    // There is no room for one page more: records are made anew, in the same order.
    enter(1)
    for (const at of [0, 0x1002, 0xffe]) execute(CODE + at)
    expect([hart.readX(10), hart.readX(11)]).toEqual([5n, 10n])
  })

  test('one whose second page gets the records that its first had is not taken for the next', () => {
    const { hart, memory } = board('nop', { engine, pmpOpen: true, sizes: { codePages: 4 } })
    const CODE = 0x4000_0000
    const SECOND = START + 2 + 0x1_0000
    // addi a0, a0, 5, and a page that ends with half of addi a1, a0, 5 and begins with the rest of both.
    memory.store16(START, 0x0513)
    memory.store16(SECOND, 0x0055)
    memory.store16(SECOND + 0xffe, 0x0593)
    const tree = new Tree(memory, 0x8003_0000)
    for (const [page, to] of [
      START - 0xffe,
      SECOND,
      SECOND,
      ...[2, 3, 4].map((i) => SECOND + i * 0x1000),
    ].entries()) {
      tree.map(CODE + page * 0x1000, to, Pte.kernel)
      if (page !== 1 && page !== 2) memory.store16(to, 1)
    }
    hart.writeCsr(Csr.satp, (8n << 60n) | BigInt(0x8003_0000 / 4096))
    hart.privilege = 'S'
    for (const at of [0, 0x3000, 0x4000, 0x5000, 0xffe, 0x1ffe]) {
      hart.pc = BigInt(CODE + at)
      hart.run(1)
    }
    expect([hart.readX(10), hart.readX(11)]).toEqual([5n, 10n])
  })

  test('as many as there may be do not get mixed up', () => {
    const PAGES = 80
    const { hart, memory } = board('nop', { engine, sizes: { codePages: PAGES + 2 } })
    for (let i = 0; i < PAGES; i++) {
      const at = START + i * 0x1000
      const [low, high] = new Uint16Array(assemble(`addi a0, a0, ${i}`).bytes.slice().buffer)
      memory.store16(at, low)
      memory.store16(at + 2, high)
    }
    let expected = 0n
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < PAGES; i++) {
        hart.pc = BigInt(START + i * 0x1000)
        hart.run(1)
        expected += BigInt(i)
      }
      expect(hart.readX(10)).toBe(expected)
    }
  })

  test('two in turn stay decoded, wherever they are', () => {
    const PAGES = 80
    const { hart, memory } = board('nop', { engine, sizes: { codePages: PAGES + 2 } })
    const { bytes } = assemble('addi a0, a0, 1')
    const at = (page: number): number => START + page * 0x1000
    for (let page = 0; page < PAGES; page++) memory.writeRam(at(page), bytes)
    const decoded = vi.spyOn(Predecoder.prototype, 'decodeAcross')
    const execute = (page: number): void => {
      hart.pc = BigInt(at(page))
      hart.run(1)
    }
    for (let page = 0; page < PAGES; page++) execute(page)
    expect(decoded.mock.calls.length > 0).toBe(engine !== 'reference')
    for (let page = 1; page < PAGES; page++) {
      decoded.mockClear()
      for (let round = 0; round < 3; round++) for (const each of [0, page]) execute(each)
      expect({ page, times: decoded.mock.calls.length }).toEqual({
        page,
        times: expect.toSatisfy((n) => n <= 2),
      })
    }
  })

  test('a fault of one in a guest tells the instruction', () => {
    const { hart, memory, first, second } = guestBoard('nop', { engine, monitor: 'HS' })
    const { bytes } = assemble('ld a1, 8(a0)')
    memory.writeRam(NEXT - 2, bytes)
    first.map(DATA, DATA, Pte.kernel)
    second.map(DATA + 0x3000, 0, 0)
    hart.writeX(10, BigInt(DATA + 0x3000))
    hart.pc = BigInt(NEXT - 2)
    const { trap } = hart.run(1)
    expect(trap).toMatchObject({ cause: 21, tval: BigInt(DATA + 0x3008), pc: BigInt(NEXT - 2) })
    // Transformed: the address's register is told as zero, the offset of the fault from the address likewise.
    const word = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24)
    expect(trap!.tinst).toBe(BigInt(word & 0x7fff))
  })
})
