import { describe, expect, test } from 'vitest'
import { type Board, expectSame } from '../../test/agreement.ts'
import { board, Csr, lateLimits, random } from '../../test/board.ts'
import { paged } from '../../test/paged.ts'

const DATA = 0x4000_0000
const IN_RAM = 0x8010_0000
const PAGES = 64
/** More pages than the TLB has places, so that accesses that go through them miss all the time. */
const ENTRIES = 16
const SLICE = 4000

/** Nothing is early, and loops stay as they are. */
const limits = {
  ...lateLimits,
  threshold: 50,
  batch: 1,
  patience: 0,
  loopPeriod: 1e9,
}
/** As before, but what is hot as a loop remembers pages. */
const looping = { ...limits, loopPeriod: 20_000 }

type Limits = typeof limits

const through = (pages: readonly number[], permissions = 'rw') =>
  paged(pages.map((page) => [DATA + 4096 * page, IN_RAM + 4096 * page, permissions]))
const all = Array.from({ length: PAGES }, (_, page) => page)

function machine(
  engine: 'auto' | 'interpreter',
  program: string,
  prepare: (board: Board) => void,
  limits: Limits,
) {
  const made = board(program, { engine, limits, sizes: { tlbEntries: ENTRIES, codePages: 32 } })
  prepare(made)
  for (const csr of [Csr.menvcfg, 0x10a]) made.hart.writeCsr(csr, 0x80n)
  return made
}

function run({ hart }: Board, steps: number): void {
  for (let left = steps; left > 0; ) left -= Math.max(1, hart.run(Math.min(left, SLICE)).steps)
}

/**
 * Runs a program on the interpreter, and with regions; expects that state, memory and counts are the same, of the TLB as
 * well.
 *
 * @returns the machine with regions, and the accesses for which it left these in the second half.
 */
function compare(program: string, prepare = through(all), used: Limits = limits, steps = 60_000) {
  const [plain, translating] = (['interpreter', 'auto'] as const).map((engine) =>
    machine(engine, program, prepare, used),
  ) as [Board, Board]
  for (const made of [plain, translating]) run(made, steps / 2)
  const before = translating.hart.translation!
  for (const made of [plain, translating]) run(made, steps / 2)
  expectSame(plain, translating)
  const { translated, leaves, entries } = translating.hart.translation!
  expect(translated).toBeGreaterThan(0)
  return { ...translating, left: leaves.memory - before.leaves.memory, entries: entries - before.entries }
}

/**
 * Goes through all pages with an access in each round.
 *
 * @param further - bytes by which an address is further in its page than the one before.
 * @param first - where the first one is in its page.
 */
const rounds = (access: string, further = 0, first = 0): string => `
  start: li s1, ${DATA + first}
    li s0, ${PAGES}
    li s2, ${4096 + further}
  again:
    ${access}
    add a1, a1, a0
    add s1, s1, s2
    addi s0, s0, -1
    bnez s0, again
    j start`

describe('an access that often is not in the first place of the TLB', () => {
  test.each([
    ['a load', 'ld a0, 8(s1)'],
    ['a byte', 'lbu a0, 8(s1)'],
    ['a store', 'sd a1, 8(s1)'],
    ['an atomic sum', 'amoadd.d a0, s0, (s1)'],
    ['a reservation', 'lr.d a0, (s1)\n sc.d a2, s0, (s1)'],
    ['a block of zeros', 'cbo.zero (s1)'],
    ['one that is misaligned in its page', 'ld a0, 3(s1)'],
    ['some off one register', 'ld a0, 8(s1)\n sd a1, 16(s1)\n sd a0, 24(s1)\n lw a2, 16(s1)'],
    ['a floating-point register', 'fsd f1, 8(s1)\n fld f2, 0(s1)'],
  ])('does not leave its region: %s', (_name, access) => {
    const prepare = (made: Board) => {
      through(all)(made)
      made.hart.writeCsr(Csr.mstatus, 0x6000n)
    }
    const { left, hart } = compare(rounds(access), prepare)
    expect(hart.tlbMisses).toBeGreaterThan(5000)
    expect(left).toBe(0)
  })

  test('is left to the interpreter where it crosses the end of its page', () => {
    const { left, hart } = compare(rounds('ld a0, 0(s1)', 3, 4000), through([...all, PAGES]))
    // The first 30 of 64 addresses do not.
    expect(left).toBeGreaterThan(100)
    expect(left).toBeLessThan(hart.tlbMisses)
  })

  test('and that is atomic traps where it is misaligned', () => {
    const { hart } = compare(rounds('amoadd.d a0, s0, (s1)', 4))
    expect(hart.counters.traps.exceptions[6]).toBeGreaterThan(2000)
  })

  test.each([
    ['a load', 'ld a0, 8(s1)', 13],
    ['a store', 'sd a1, 8(s1)', 15],
    ['an atomic sum', 'amoadd.d a0, s0, (s1)', 15],
  ])('and whose page is not mapped faults: %s', (_name, access, cause) => {
    const { hart, left } = compare(rounds(access), through(all.filter((page) => page % 4 !== 3)))
    const faults = hart.counters.traps.exceptions[cause]!
    expect(faults).toBeGreaterThan(1000)
    // The others do not leave.
    expect(left).toBeLessThan(faults)
  })

  test('and that stores where code was executed has it executed anew', () => {
    // A page of data has a function whose constant is changed from afar.
    const program = `
      start: li s1, ${DATA}
        li s0, ${PAGES}
        li s2, 4096
        addi s4, s4, 1
        slli t1, s4, 20
        li t2, 0x00050513
        add t1, t1, t2
        li t2, 0x7fffffff
        and t1, t1, t2
      again:
        sw t1, 0(s1)
        add s1, s1, s2
        addi s0, s0, -1
        bnez s0, again
        li t0, ${DATA}
        jalr ra, (t0)
        j start`
    const { hart } = compare(program, (made) => {
      through(all, 'rwx')(made)
      made.memory.writeRam(IN_RAM, new Uint8Array(Uint32Array.of(0x0005_0513, 0x0000_8067).buffer))
    })
    expect(hart.readX(10)).toBeGreaterThan(1000n)
  })

  test('that missed only at first leaves its region as others do', () => {
    const early = compare(rounds('ld a0, 8(s1)'), through(all), { ...limits, early: 1e9 })
    expect(early.left).toBeGreaterThan(1000)
  })
})

describe('what regions know of pages', () => {
  /** s3 to s5 are addresses of pages that have the same places in the TLB. */
  const setup = `li s3, ${DATA}\n li t0, ${4096 * ENTRIES}\n add s4, s3, t0\n add s5, s4, t0\n add s6, s5, t0`

  test('does not hold behind an access that has driven out others', () => {
    compare(`${setup}
      again: ld a0, 0(s3)
        ld a1, 0(s4)
        ld a2, 0(s5)
        ld a3, 8(s3)
        sd a1, 16(s3)
        ld a4, 8(s4)
        sd a2, 16(s4)
        add a0, a0, a1
        ld a3, 0(s6)
        ld a4, 8(s3)
        j again`)
  })

  test('does not hold behind a call of what has driven out others', () => {
    // The loop is hot enough to remember the page of its own accesses; the function goes through those of the same place.
    const { hart } = compare(
      `${setup}
      start: li s0, 200
      again:
        ld a0, 0(s3)
        add a1, a1, a0
        sd a1, 8(s3)
        addi s1, s1, 1
        jal f
        ld a2, 16(s3)
        addi s0, s0, -1
        bnez s0, again
        j start
      .balign 4096
      f: andi t1, s1, 7
        bnez t1, 1f
        ld a3, 0(s4)
        ld a4, 0(s5)
        ld a5, 0(s6)
        amoadd.d a5, s1, (s4)
      1: ret`,
      through(all),
      looping,
      400_000,
    )
    expect(hart.translation!.hot).toBeGreaterThan(0)
  })

  test.each(Array.from({ length: 24 }, (_, seed) => seed))(
    'is the same as the interpreter finds: program %i',
    (seed) => {
      compare(randomProgram(random(seed + 1)), through(all), seed % 2 === 0 ? limits : looping, 40_000)
    },
  )
})

/** Loops and functions that access some pages again and again, and others seldom. */
function randomProgram(random: () => number): string {
  const below = (limit: number) => random() % limit
  const bases = ['s3', 's4', 's5', 's6', 's7', 's8']
  const accesses = ['ld', 'sd', 'lw', 'sw', 'amoadd.d', 'lbu', 'sb'] as const
  const access = (): string => {
    const base = bases[below(bases.length)]
    const name = accesses[below(accesses.length)]!
    const offset = 8 * below(16)
    return name === 'amoadd.d'
      ? `${name} a${below(4)}, s0, (${base})`
      : `${name} a${below(4)}, ${offset}(${base})`
  }
  /** Another page, mostly of the same place in the TLB. */
  const move = (): string =>
    `addi s9, s9, ${1 + below(3)}
     andi t0, s9, ${PAGES - 1}
     slli t0, t0, 12
     li t1, ${DATA}
     add ${bases[below(bases.length)]}, t0, t1`
  const some = (count: number): string =>
    Array.from({ length: count }, () => (below(6) === 0 ? move() : access())).join('\n')
  return `
    ${bases.map((base, i) => `li ${base}, ${DATA + 4096 * ((ENTRIES * i) % PAGES)}`).join('\n')}
    start: li s0, ${5 + below(40)}
    outer:
      ${some(4)}
      andi t2, s0, ${below(8)}
      bnez t2, 1f
      ${some(6)}
      jal f
    1: li s1, ${1 + below(8)}
    inner:
      ${some(3)}
      addi s1, s1, -1
      bnez s1, inner
      jal g
      addi s0, s0, -1
      bnez s0, outer
      j start
    .balign 4096
    f: ${some(5)}
      ret
    g: ${some(3)}
      andi t2, s0, 3
      bnez t2, 1f
      ${some(3)}
    1: ret`
}
