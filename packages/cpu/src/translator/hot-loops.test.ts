import { describe, expect, test } from 'vitest'
import { expectSame } from '../../test/agreement.ts'
import { board, Csr, lateLimits } from '../../test/board.ts'
import { paged } from '../../test/paged.ts'

const DATA = 0x8010_0000
const PERIOD = 200_000
/** Nothing is early, and loops are looked at often. */
const limits = {
  ...lateLimits,
  threshold: 200,
  batch: 32,
  patience: 2000,
  loopPeriod: PERIOD,
}
const SLICE = 5000

/** Walks through 1 KiB again and again; loads are misaligned, which a remembered page serves. */
const WALK = `
    li s1, 0x${DATA.toString(16)}
    li s0, 100
  again:
    ld a0, 1(s1)
    add a1, a1, a0
    sd a1, 9(s1)
    addi s1, s1, 8
    addi s0, s0, -1
    bnez s0, again`

/** Functions in pages of their own, one after the other; each goes around its loop so many times. */
const broad = (rounds: readonly number[]): string =>
  rounds
    .map(
      (count, i) => `
  .balign 4096
  f${i}:
    li s0, ${count}
  1:
    ${'addi a0, a0, 1\n'.repeat(8)}
    addi s0, s0, -1
    bnez s0, 1b
    ${'addi a1, a1, 1\n'.repeat(20)}
    la t0, f${(i + 1) % rounds.length}
    jr t0`,
    )
    .join('\n')

/** Runs in slices, as a machine makes them. */
function run(program: string, steps: number) {
  const { hart } = board(program, { engine: 'auto', monitor: 'M', limits, sizes: { codePages: 32 } })
  for (let left = steps; left > 0; left -= SLICE) hart.run(SLICE)
  return hart
}

describe('a loop in which most steps are', () => {
  const program = `start: ${WALK}\n j start`

  test('is translated as it is, and made fast when it is found to be hot', () => {
    const hart = run(program, PERIOD / 2)
    expect(hart.translation).toMatchObject({ translated: 1, hot: 0 })
    for (let i = 0; i < (2 * PERIOD) / SLICE; i++) hart.run(SLICE)
    const { leaves } = hart.translation!
    expect(hart.translation).toMatchObject({ translated: 2, hot: 1 })
    for (let i = 0; i < (2 * PERIOD) / SLICE; i++) hart.run(SLICE)
    expect(hart.translation).toMatchObject({ translated: 2, hot: 1, regions: 1 })
    expect(hart.translation!.leaves.memory).toBe(leaves.memory)
  })

  test.each([
    ['where all is translated at once', 'translator', limits],
    ['of a program that has just begun', 'auto', { ...limits, early: 1_000_000 }],
  ] as const)('is fast from the beginning %s', (_when, engine, limits) => {
    const { hart } = board(program, { engine, monitor: 'M', limits })
    hart.run(40_000)
    const { leaves } = hart.translation!
    hart.run(40_000)
    expect(hart.translation).toMatchObject({ translated: 1, hot: 0 })
    expect(hart.translation!.leaves.memory).toBe(leaves.memory)
  })

  test('is found to be hot once more after its code was overwritten', () => {
    const { hart, memory } = board(program, { engine: 'auto', monitor: 'M', limits })
    const go = (steps: number) => {
      for (let left = steps; left > 0; left -= SLICE) hart.run(SLICE)
    }
    go(3 * PERIOD)
    memory.writeRam(0x8000_0000, memory.ram.slice(0, 64))
    go(PERIOD / 2)
    expect(hart.translation).toMatchObject({ hot: 1, invalidated: 1 })
    go(2 * PERIOD)
    expect(hart.translation).toMatchObject({ hot: 2, regions: 1 })
  })

  test('takes its callers with it, which are translated anew at once', () => {
    const hart = run(
      `
      start:
        jal sum
        addi s2, s2, 1
        j start
      sum:
        li s1, 0x${DATA.toString(16)}
        li s0, 10
      again:
        ld a0, 0(s1)
        add a1, a1, a0
        addi s1, s1, 8
        addi s0, s0, -1
        bnez s0, again
        ret`,
      PERIOD - SLICE,
    )
    expect(hart.translation).toMatchObject({ hot: 0, regions: 3, translated: 3 })
    hart.run(SLICE)
    const { steps } = hart.translation!
    expect(hart.translation).toMatchObject({ hot: 1, regions: 3, translated: 5 })
    hart.run(SLICE)
    expect(hart.translation!.steps - steps).toBeGreaterThan(SLICE - 50)
  })
})

describe('loops in much code', () => {
  test('that are gone around a few times each are left as they are', () => {
    const hart = run(broad(Array.from({ length: 20 }, () => 3)), 20 * PERIOD)
    expect(hart.translation!.regions).toBeGreaterThanOrEqual(20)
    expect(hart.translation!.hot).toBe(0)
  })

  test('of which one is gone around often: this one is made fast', () => {
    const hart = run(broad(Array.from({ length: 20 }, (_, i) => (i === 7 ? 90 : 3))), 20 * PERIOD)
    expect(hart.translation!.regions).toBeGreaterThanOrEqual(20)
    // It may be in two regions: from its own start on, and from that of its function.
    expect([1, 2]).toContain(hart.translation!.hot)
  })
})

test.each([77, 1000, 4999])(
  'while loops become hot, all is as on the interpreter, in slices of %d steps',
  (slice) => {
    const program = `
    start:
      li s3, 3
    outer:
      ${WALK}
      li s2, 0x${(DATA + 0x1ff8).toString(16)}
      jal far
      addi s3, s3, -1
      bnez s3, outer
      rdinstret t1
      add a4, a4, t1
      j start
    far:
      li s4, 300
    1:
      lw a2, 0(s2)
      addi a2, a2, 3
      sw a2, 0(s2)
      addi s2, s2, -16
      addi s4, s4, -1
      bnez s4, 1b
      ret`
    const machines = (['interpreter', 'auto'] as const).map((engine) => {
      const machine = board(program, {
        engine,
        limits: { ...limits, loopPeriod: 5000 },
        sizes: { tlbEntries: 16 },
      })
      paged([
        [DATA, DATA + 0x5000, 'rw'],
        [DATA + 0x1000, DATA + 0x2000, 'rw'],
      ])(machine)
      machine.hart.writeCsr(Csr.mcounteren, 7n)
      return machine
    })
    for (let left = 120_000; left > 0; left -= slice) {
      for (const { hart } of machines) hart.run(Math.min(left, slice))
      if (left % 5000 < slice) expectSame(machines[0]!, machines[1]!, { left })
    }
    expect(machines[1]!.hart.translation!.hot).toBeGreaterThan(1)
  },
)
