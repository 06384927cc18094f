import { assemble } from '@worldswitch/isa'
import { encodePte } from '@worldswitch/mmu'
import { describe, expect, test } from 'vitest'
import { board, Csr, ENTRY, engines } from '../test/board.ts'
import { Hart } from './hart.ts'
import { MachineMemory } from './machine-memory.ts'

const ROOT = 0x8010_0000
const SV39 = (8n << 60n) | BigInt(ROOT / 4096)
const leaf = { valid: true, read: true, write: true, execute: true, accessed: true, dirty: true }

/** Maps 4 KiB pages in an Sv39 table at {@link ROOT}: virtual to physical page, with what differs from RWX. */
function map(memory: MachineMemory, pages: readonly (readonly [bigint, number, object?])[]): void {
  let next = ROOT + 4096
  for (const [va, pa, fields] of pages) {
    let table = ROOT
    for (const level of [2n, 1n]) {
      const entry = table + Number((va >> (12n + 9n * level)) & 511n) * 8
      if (memory.load64(entry) === 0n) {
        memory.store64(entry, encodePte({ valid: true, ppn: next / 4096 }))
        next += 4096
      }
      table = Number((memory.load64(entry)! >> 10n) << 12n)
    }
    memory.store64(table + Number((va >> 12n) & 511n) * 8, encodePte({ ...leaf, ppn: pa / 4096, ...fields }))
  }
}

describe.each(engines)('%s', (engine) => {
  test('a store to the next instruction takes effect at once', () => {
    const { hart } = board(
      `la a1, patch
       lw a2, 12(a1)
       sw a2, 0(a1)
patch: li a0, 1
       nop
       1: j 1b
       li a0, 2`,
      { engine },
    )
    hart.run(8)
    expect(hart.readX(10)).toBe(2n)
  })

  test('a store to code that has run takes effect when it runs again, at every width and offset', () => {
    for (const [store, offset, value] of [
      ['sw', 0, 0x0050_0513],
      ['sh', 2, 0x0050],
      ['sb', 3, 0x00],
    ] as const) {
      const { hart } = board(
        `again: addi a0, zero, 4
         beqz a2, end
         li a2, 0
         li a3, ${value}
         la a1, again
         ${store} a3, ${offset}(a1)
         j again
         end: j end`,
        { engine },
      )
      hart.writeX(12, 1n)
      hart.run(40)
      expect(hart.readX(10)).toBe(store === 'sb' ? 4n : 5n)
      expect(hart.readX(12)).toBe(0n)
    }
  })

  test.each([
    ['an AMO of 4 bytes', 'amoswap.w zero, a3, (a1)', 7n],
    [
      'an AMO of 8 bytes',
      'ld a4, 0(a1)\nsrli a4, a4, 32\nslli a4, a4, 32\nor a3, a3, a4\namoswap.d zero, a3, (a1)',
      7n,
    ],
    ['a store-conditional', 'lr.w a4, (a1)\nsc.w a5, a3, (a1)', 7n],
    ['a store-conditional that fails', 'sc.w a5, a3, (a1)', 2n],
    ['a misaligned store', 'slli a3, a3, 8\nlbu a4, -1(a1)\nor a3, a3, a4\nsw a3, -1(a1)', 7n],
    ['an AMO beside it', 'amoadd.w a5, a3, (a2)\namoadd.w a6, a3, (a2)', 2n],
    ['a block of zeros beside it', 'sw a3, 60(a2)\ncbo.zero (a2)\nlw a5, 60(a2)', 2n],
  ])('%s over code that has run, while its page is still run', (_name, write, a0) => {
    const { hart } = board(
      `li t0, 0xf0
       csrw menvcfg, t0
       la a1, victim
       la a2, data
       li a3, 0x00700513
       jal victim
       ${write}
       jal victim
       1: j 1b
       .balign 64
       .dword 0
       victim: addi a0, a0, 1
       jr ra
       .balign 64
       data: .zero 64`,
      { engine },
    )
    hart.run(40)
    expect(hart.readX(10)).toBe(a0)
    expect(hart.readCsr(Csr.mcause)).toBe(0n)
    if (write.includes('amoadd')) expect(hart.readX(16) - hart.readX(15)).toBe(0x0070_0513n)
    if (write.includes('cbo')) expect(hart.readX(15)).toBe(0n)
  })

  test('DMA over predecoded code takes effect', () => {
    const { hart, memory } = board('1: addi a0, a0, 1\nj 1b', { engine })
    hart.run(20)
    memory.writeRam(Number(ENTRY), assemble('addi a0, a0, 64').bytes)
    hart.pc = ENTRY
    hart.run(1)
    expect(hart.readX(10)).toBe(74n)
  })

  test('an indirect jump without compressed instructions leads to all 64 bits of its target', () => {
    const { hart } = board('jr a0\naddi a1, a1, 1', { engine, extensions: [] })
    hart.writeX(10, ENTRY + (1n << 32n) + 4n)
    hart.run(1)
    expect(hart.pc).toBe(ENTRY + (1n << 32n) + 4n)
    hart.run(1)
    expect(hart.readX(11)).toBe(0n)
    expect(hart.readCsr(Csr.mcause)).toBe(1n)
  })

  test('more code pages than the pool holds', () => {
    const jumps = Array.from(
      { length: 40 },
      (_, i) => `.org ${0x8000_0000 + i * 4096}\naddi a0, a0, 1\nli a1, ${0x8000_1000 + i * 4096}\njr a1`,
    )
    const { hart, memory } = board(`${jumps.join('\n')}\n.org ${0x8000_0000 + 40 * 4096}\n1: j 1b`, {
      engine,
      sizes: { codePages: 4 },
    })
    hart.run(400)
    expect(hart.readX(10)).toBe(40n)
    expect(memory.code.resets).toBeGreaterThan(5)
  })

  test('misaligned accesses inside a page and across two work, and fault as one', () => {
    const { hart, memory } = board(
      `ld a0, 3(a1)
       sd a0, 0xffd(a2)
       ld a3, 0xffd(a2)
       sd a0, 0xffd(a4)`.replaceAll('0xffd', '2045'),
      { engine, monitor: 'M' },
    )
    memory.store64(0x8000_4000, 0x8877_6655_4433_2211n)
    memory.store64(0x8000_4008, 0xffee_ddcc_bbaa_9988n)
    map(memory, [
      [0x8000_0000n, 0x8000_0000],
      [0x4000n, 0x8000_4000],
      [0x5000n, 0x8000_7000],
      [0x6000n, 0x8000_3000],
    ])
    hart.writeX(11, 0x4000n)
    hart.writeX(12, 0x5ffdn - 2045n)
    hart.writeX(14, 0x6ffdn - 2045n)
    hart.privilege = 'S'
    hart.writeCsr(Csr.satp, SV39)
    const result = hart.run(4)
    expect(hart.readX(10)).toBe(0xaa_9988_8877_6655_44n & 0xffff_ffff_ffff_ffffn)
    expect(hart.readX(13)).toBe(hart.readX(10))
    expect(memory.load8(0x8000_7fff)).toBe(0x66)
    expect(memory.load8(0x8000_3000)).toBe(0x77)
    // The second page of the last store is not mapped: nothing is stored, and the trap names where it begins.
    expect(result.trap).toMatchObject({ cause: 15, tval: 0x7000n })
    expect(memory.load8(0x8000_3fff)).toBe(0)
  })

  test('what is mapped in every address space is found once for all, until a fence for all of them', () => {
    const { hart, memory } = board(
      `csrw satp, s2
       ld a0, 0(s1)
       ld a1, 0(s3)
       csrw satp, s4
       ld a2, 0(s1)
       ld a3, 0(s3)
       sfence.vma zero, s5
       ld a4, 0(s1)
       ld a5, 0(s3)
       sfence.vma s1
       ld a6, 0(s1)
       sfence.vma
       ld a7, 0(s1)
       1: j 1b`,
      { engine },
    )
    map(memory, [
      [0x8000_0000n, 0x8000_0000, { global: true }],
      [0x4000n, 0x8000_4000, { global: true }],
      [0x5000n, 0x8000_5000],
      [0x6000n, 0x8000_6000, { global: true, user: true }],
    ])
    memory.store64(0x8000_4000, 4n)
    memory.store64(0x8000_5000, 5n)
    const space = (asid: bigint) => SV39 | (asid << 44n)
    hart.writeX(9, 0x4000n)
    hart.writeX(18, space(1n))
    hart.writeX(19, 0x5000n)
    hart.writeX(20, space(2n))
    hart.writeX(21, 2n)
    hart.writeCsr(Csr.pmpaddr0, (1n << 54n) - 1n)
    hart.writeCsr(Csr.pmpcfg0, 0x1fn)
    hart.writeCsr(Csr.satp, space(1n))
    hart.privilege = 'S'
    const missesOf = (steps: number) => {
      const before = hart.tlbMisses
      hart.run(steps)
      return hart.tlbMisses - before
    }
    // The code, the shared page, the page of one's own.
    expect(missesOf(3)).toBe(3)
    expect(missesOf(3)).toBe(1)
    expect(missesOf(3)).toBe(1)
    // The shared page only, then the code as well.
    expect(missesOf(2)).toBe(1)
    expect(missesOf(2)).toBe(2)
    expect([10, 11, 12, 13, 14, 15, 16, 17].map((x) => hart.readX(x))).toEqual([
      4n,
      5n,
      4n,
      5n,
      4n,
      5n,
      4n,
      4n,
    ])
  })

  test('an instruction across two pages, and a fault on its second half', () => {
    const { hart, memory } = board('nop', { engine, monitor: 'M' })
    memory.store16(0x8000_0ffe, 0x0513)
    memory.store16(0x8000_3000, 0x0070)
    memory.store32(0x8000_3002, 0xffdf_f06f | 0)
    map(memory, [
      [0x1000n, 0x8000_0000],
      [0x2000n, 0x8000_3000],
      [0x5000n, 0x8000_0000],
    ])
    hart.privilege = 'S'
    hart.writeCsr(Csr.satp, SV39)
    hart.pc = 0x1ffen
    expect(hart.run(1)).toEqual({ reason: 'budget', steps: 1 })
    expect(hart.readX(10)).toBe(7n)
    expect(hart.pc).toBe(0x2002n)
    hart.pc = 0x5ffen
    expect(hart.run(5).trap).toMatchObject({ cause: 12, tval: 0x6000n, pc: 0x5ffen })
  })

  test.each([
    ['a user page from S-mode', 'S', { user: true }, 0n, 13],
    ['a user page from S-mode with SUM', 'S', { user: true }, 1n << 18n, undefined],
    ['a supervisor page from U-mode', 'U', {}, 0n, 13],
    ['an execute-only page', 'S', { read: false, write: false }, 0n, 13],
    ['an execute-only page with MXR', 'S', { read: false, write: false }, 1n << 19n, undefined],
    ['a page without A', 'S', { accessed: false }, 0n, 13],
  ] as const)('a load from %s', (_name, privilege, fields, status, cause) => {
    const { hart, memory } = board('ld a0, 0(a1)', { engine, monitor: 'M' })
    map(memory, [
      [0x8000_0000n, 0x8000_0000, { user: privilege === 'U' }],
      [0x4000n, 0x8000_4000, fields],
    ])
    hart.writeX(11, 0x4000n)
    hart.writeCsr(Csr.mstatus, status)
    hart.privilege = privilege
    hart.writeCsr(Csr.satp, SV39)
    expect(hart.run(1).trap?.cause).toBe(cause)
  })

  test('Svadu sets A and D, and the walk counts its references', () => {
    const { hart, memory } = board('sd a0, 0(a1)', { engine, monitor: 'M', extensions: ['Svadu'] })
    map(memory, [
      [0x8000_0000n, 0x8000_0000],
      [0x4000n, 0x8000_4000, { accessed: false, dirty: false }],
    ])
    hart.writeX(11, 0x4000n)
    hart.privilege = 'S'
    hart.writeCsr(Csr.satp, SV39)
    expect(hart.run(1)).toEqual({ reason: 'budget', steps: 1 })
    const leafTable = Number((memory.load64(Number((memory.load64(ROOT)! >> 10n) << 12n))! >> 10n) << 12n)
    expect(memory.load64(leafTable + 4 * 8)! & 0xc0n).toBe(0xc0n)
    expect(hart.counters).toMatchObject({ tlbMisses: 2, walkReferences: 6 })
  })

  test('an address space keeps its translations across satp writes until it is fenced', () => {
    const { hart, memory } = board(
      `ld a0, 0(a1)
       csrw satp, a2
       csrw satp, a3
       ld a0, 0(a1)
       sfence.vma a1, zero
       ld a0, 0(a1)`,
      { engine, monitor: 'M' },
    )
    map(memory, [
      [0x8000_0000n, 0x8000_0000],
      [0x4000n, 0x8000_4000],
    ])
    memory.store64(0x8000_4000, 4n)
    memory.store64(0x8000_5000, 5n)
    hart.writeX(11, 0x4000n)
    hart.writeX(12, SV39 | (1n << 44n))
    hart.writeX(13, SV39)
    hart.privilege = 'S'
    hart.writeCsr(Csr.satp, SV39)
    hart.run(1)
    map(memory, [[0x4000n, 0x8000_5000]])
    hart.run(3)
    expect(hart.readX(10)).toBe(4n)
    hart.run(2)
    expect(hart.readX(10)).toBe(5n)
  })

  test('MPRV: M-mode loads with the privilege in MPP', () => {
    const { hart, memory } = board('ld a0, 0(a1)', { engine })
    map(memory, [[0x4000n, 0x8000_4000]])
    memory.store64(0x8000_4000, 44n)
    hart.writeCsr(Csr.pmpaddr0, (1n << 54n) - 1n)
    hart.writeCsr(Csr.pmpcfg0, 0x1fn)
    hart.writeCsr(Csr.satp, SV39)
    hart.writeCsr(Csr.mstatus, (1n << 17n) | (1n << 11n))
    hart.writeX(11, 0x4000n)
    hart.run(1)
    expect(hart.readX(10)).toBe(44n)
  })
})

describe.each(engines)('PMP on the %s', (engine) => {
  const attempt = (
    code: string,
    mode: 'S' | 'M',
    address: bigint,
    entries: readonly (readonly [bigint, number])[],
  ) => {
    const { hart } = board(code, { engine, monitor: 'M', pmpOpen: false })
    let config = 0n
    for (const [index, [value, bits]] of [...entries, [0x2000_0000n + 0x1ffn, 0x1f] as const].entries()) {
      hart.writeCsr(Csr.pmpaddr0 + index, value)
      config |= BigInt(bits) << BigInt(8 * index)
    }
    hart.writeCsr(Csr.pmpcfg0, config)
    hart.writeX(11, address)
    hart.privilege = mode
    const { trap } = hart.run(1)
    return trap?.cause
  }
  const page4 = 0x8000_4000n

  test.each([
    ['nothing matches in S-mode', 'ld a0, 0(a1)', 'S', 0x8000_8000n, [], 5],
    ['nothing matches in M-mode', 'ld a0, 0(a1)', 'M', 0x8000_8000n, [], undefined],
    ['an open NAPOT entry', 'ld a0, 0(a1)', 'S', page4, [[(page4 >> 2n) | 0x1ffn, 0x1b]], undefined],
    ['a read-only page, stored to', 'sd a0, 0(a1)', 'S', page4, [[(page4 >> 2n) | 0x1ffn, 0x19]], 7],
    [
      'an entry that is not locked, in M-mode',
      'sd a0, 0(a1)',
      'M',
      page4,
      [[(page4 >> 2n) | 0x1ffn, 0x19]],
      undefined,
    ],
    ['a locked entry, in M-mode', 'sd a0, 0(a1)', 'M', page4, [[(page4 >> 2n) | 0x1ffn, 0x99]], 7],
    ['NA4 inside a page, hit', 'lw a0, 0(a1)', 'S', page4 + 8n, [[(page4 + 8n) >> 2n, 0x11]], undefined],
    ['NA4 inside a page, missed', 'lw a0, 0(a1)', 'S', page4 + 12n, [[(page4 + 8n) >> 2n, 0x11]], 5],
    ['NA4 covering half of the access', 'ld a0, 0(a1)', 'S', page4 + 8n, [[(page4 + 8n) >> 2n, 0x11]], 5],
    [
      'TOR up to the middle of a page',
      'ld a0, 0(a1)',
      'S',
      page4 + 0x7f8n,
      [
        [page4 >> 2n, 0],
        [(page4 + 0x800n) >> 2n, 0x09],
      ],
      undefined,
    ],
    [
      'TOR, behind its end',
      'ld a0, 0(a1)',
      'S',
      page4 + 0x800n,
      [
        [page4 >> 2n, 0],
        [(page4 + 0x800n) >> 2n, 0x09],
      ],
      5,
    ],
  ] as const)('%s', (_name, code, mode, address, entries, cause) => {
    expect(attempt(code, mode, address, entries)).toBe(cause)
  })

  test('code on a page that PMP divides', () => {
    const { hart } = board('addi a0, a0, 1\naddi a0, a0, 1\naddi a0, a0, 1', {
      engine,
      monitor: 'M',
      pmpOpen: false,
    })
    hart.writeCsr(Csr.pmpaddr0, 0x2000_0002n)
    hart.writeCsr(Csr.pmpcfg0, 0x0cn)
    hart.privilege = 'S'
    expect(hart.run(9)).toMatchObject({ steps: 3, trap: { cause: 1, tval: 0x8000_0008n } })
    expect(hart.readX(10)).toBe(2n)
    // Such a page is not cached: the fetch of each halfword is a miss, and counts once.
    expect(hart.tlbMisses).toBe(5)
  })

  test('page tables where S-mode may not read fault the access', () => {
    const { hart, memory } = board('ld a0, 0(a1)', { engine, monitor: 'M', pmpOpen: false })
    map(memory, [[0x8000_0000n, 0x8000_0000]])
    hart.writeCsr(Csr.pmpaddr0, 0x2000_0000n + 0x1ffn)
    hart.writeCsr(Csr.pmpcfg0, 0x1fn)
    hart.privilege = 'S'
    hart.writeCsr(Csr.satp, SV39)
    expect(hart.run(1).trap).toMatchObject({ cause: 1, tval: 0x8000_0000n })
  })
})

describe.each(engines)('LR and SC on two harts, %s', (engine) => {
  const two = () => {
    const memory = new MachineMemory({ ramBytes: 0x20_0000, codePages: 8, harts: 2 })
    const program = assemble(
      `lr.d a0, (a1)
       sc.d a2, a3, (a1)
       .org 0x80000100
       sd a3, 0(a1)
       .org 0x80000200
       amoswap.d zero, a3, (a1)
       .org 0x80000300
       ld a0, 0(a1)
       sd a0, 0(a1)`,
      { origin: ENTRY },
    )
    memory.writeRam(Number(ENTRY), program.bytes)
    const harts = [0, 1].map((id) => new Hart({ id, memory, engine }))
    for (const hart of harts) {
      hart.writeX(11, 0x8000_4000n)
      hart.writeX(13, 9n)
      hart.pc = ENTRY
    }
    return { memory, one: harts[0], other: harts[1] }
  }

  const at = (hart: Hart, pc: bigint, steps: number): void => {
    hart.pc = pc
    hart.run(steps)
  }

  test.each([
    ['nobody', () => {}, 0n],
    ['a store of the other hart', (other: Hart) => at(other, 0x8000_0100n, 1), 1n],
    ['an AMO of the other hart', (other: Hart) => at(other, 0x8000_0200n, 1), 1n],
    ['a store of the same value', (other: Hart) => at(other, 0x8000_0300n, 2), 1n],
    [
      'a store elsewhere in the page',
      (other: Hart) => {
        other.writeX(11, 0x8000_4008n)
        at(other, 0x8000_0100n, 1)
      },
      0n,
    ],
    ['DMA', (_other: Hart, memory: MachineMemory) => void memory.writeRam(0x8000_4007, Uint8Array.of(1)), 1n],
  ] as const)('%s in between', (_name, between, failed) => {
    const { memory, one, other } = two()
    // The other hart's TLB already knows the page.
    other.pc = 0x8000_0100n
    other.run(1)
    one.run(1)
    between(other, memory)
    one.run(1)
    expect(one.readX(12)).toBe(failed)
  })

  test('stepping the harts in turns makes progress on a shared counter', () => {
    const { memory, one, other } = two()
    const loop = assemble('1: lr.d a0, (a1)\naddi a0, a0, 1\nsc.d a2, a0, (a1)\nj 1b', { origin: ENTRY })
    memory.writeRam(Number(ENTRY), loop.bytes)
    memory.store64(0x8000_4000, 0n)
    for (let i = 0; i < 400; i++) for (const hart of [one, other]) hart.run(1 + (i % 3))
    expect(memory.load64(0x8000_4000)).toBeGreaterThan(50n)
  })
})

test('host access to memory is bounded', () => {
  const memory = new MachineMemory({ ramBytes: 0x1000, codePages: 4 })
  expect(memory.readRam(0x8000_0ff9, new Uint8Array(8))).toBe(false)
  expect(memory.writeRam(0x7fff_fff9, new Uint8Array(8))).toBe(false)
  expect(memory.readRam(0x8000_0ff8, new Uint8Array(8))).toBe(true)
  expect([memory.load8(0), memory.load16(0x8000_0fff), memory.load32(-4), memory.load64(2 ** 52)]).toEqual([
    -1,
    -1,
    -1,
    undefined,
  ])
  expect([
    memory.store8(0, 1),
    memory.store16(0x8000_0fff, 1),
    memory.store32(1e15, 1),
    memory.store64(0, 1n),
  ]).toEqual([false, false, false, false])
})

test('writing no bytes at the start of RAM does nothing, to code either', () => {
  const { hart, memory } = board('1: addi a0, a0, 1\nj 1b')
  hart.run(1)
  expect(memory.writeRam(Number(ENTRY), new Uint8Array(0))).toBe(true)
  hart.run(2)
  expect(hart.readX(10)).toBe(2n)
})

test.each([
  [{ ramBytes: 100 }, 'bad-option'],
  [{ ramBytes: 0x1000, ramBase: 1 }, 'bad-option'],
  [{ ramBytes: 0x1000, harts: 0 }, 'bad-option'],
  [{ ramBytes: 2 ** 33 }, 'memory-too-large'],
] as const)('a memory of %j is refused', (options, code) => {
  expect(() => new MachineMemory(options)).toThrow(expect.objectContaining({ code }))
})

test('a large memory has room for the code of several systems, and the largest for that of one', () => {
  const codeBytes = (mebibytes: number): number =>
    new MachineMemory({ ramBytes: mebibytes * 2 ** 20 }).ramOffset
  expect(codeBytes(512)).toBeGreaterThan(4096 * 2 ** 15)
  expect(codeBytes(512)).toBeLessThan(4500 * 2 ** 15)
  expect(codeBytes(64)).toBeGreaterThan(3072 * 2 ** 15)
  expect(codeBytes(64)).toBeLessThan(3400 * 2 ** 15)
  expect(codeBytes(3584)).toBeLessThan(16384 * 2 ** 15)
  expect(codeBytes(3900)).toBeGreaterThan(3072 * 2 ** 15)
})

test.each([3, 16385, 4.5])('%d code pages are refused', (codePages) => {
  expect(() => new MachineMemory({ ramBytes: 0x10_0000, codePages })).toThrow(
    /codePages is .*: give 4 to 16384/,
  )
})

test('of a memory that is far too large it is said how large one can be', () => {
  expect(() => new MachineMemory({ ramBytes: 2 ** 50 })).toThrow(/at most 3\d\d\d MiB/)
})

test('harts of one memory must be alike and different', () => {
  const { memory } = board('nop')
  expect(() => new Hart({ id: 0, memory })).toThrow(expect.objectContaining({ code: 'already-attached' }))
  expect(() => new Hart({ id: 1, memory })).toThrow(expect.objectContaining({ code: 'bad-option' }))
})

test('a saved state continues elsewhere', () => {
  const program = 'li a0, 7\ncsrw mscratch, a0\n1: addi a0, a0, 1\nj 1b'
  const first = board(program)
  first.hart.run(9)
  const second = board(program)
  second.hart.loadState(first.hart.saveState())
  first.hart.run(10)
  second.hart.run(10)
  expect(second.hart.readX(10)).toBe(first.hart.readX(10))
  expect(second.hart.counters.retired).toBe(first.hart.counters.retired)
  expect(second.hart.readCsr(Csr.mscratch)).toBe(7n)
})
