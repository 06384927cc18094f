import { hartExtensions } from '@worldswitch/cpu'
import { Vm } from '@worldswitch/hypervisor'
import { PROGRAM_ENTRY } from '@worldswitch/hypervisor/conformance'
import { assemble } from '@worldswitch/isa'
import { RandomSource } from '@worldswitch/isa/vectors'
import { createMachine } from '@worldswitch/machine'
import { expect, test } from 'vitest'
import { POWEROFF, type StrategyKit, sbi } from './strategy-kit.ts'

const MEMORY = 16 * 2 ** 20
const PHASES = 25
const PAGES = 8
/** Root, a second root, the level below, and the last one. */
const ROOTS = [0x8030_0000, 0x8030_8000] as const
const MIDDLE = 0x8030_1000
const LAST = 0x8030_2000
const COUNTER = 0x8031_0000
const DATA = 0x8040_0000
const BIG = 0x8060_0000
/** Virtual addresses of the pages that change, and of the 2 MiB page. */
const SMALL_AT = 0x1_0000_0000
const BIG_AT = 0x1_0020_0000
const PERMISSIONS = [0xcf, 0xcf, 0xc7, 0xdf, 0xd7, 0xc3, 0x47, 0x87, 0xc9, 0xef, 0xe7]
const SIZE = { small: 0x1000, big: 0x20_0000 } as const

const remoteFence = (mask: number, base: number, start: number, size: number): string =>
  sbi(0x5246_4e43, 1, mask, base, start, size)

const entryOf = (page: number, bits: number): bigint => (BigInt(page / 4096) << 10n) | BigInt(bits)
const put = (address: number, value: bigint): string => `li t0, ${address}\nli t1, ${value}\nsd t1, 0(t0)`

/**
 * A program for two harts on tables that they share, with one root or a root for each. By turns of phases one of them
 * changes entries, both fence, by calls of the firmware or by SFENCE.VMA of their own, and both read and write what is
 * there: each at addresses of its own, so that the outcome is the same in whatever turns they run. What they read and
 * what faulted goes into a sum, which is printed.
 */
function sharedTables(seed: number): string {
  const source = new RandomSource(seed)
  const roots = source.chance(50) ? ROOTS : [ROOTS[0], ROOTS[0]]
  const asids = [7, source.of([7, 8])]
  const entry = (page: number): bigint => (source.chance(15) ? 0n : entryOf(page, source.of(PERMISSIONS)))
  const satp = (hart: number): bigint =>
    (8n << 60n) | (BigInt(asids[hart]) << 44n) | BigInt(roots[hart] / 4096)
  const setUp = [
    ...ROOTS.flatMap((root) => [
      put(root, 0xc7n),
      put(root + 16, entryOf(0x8000_0000, 0xcf)),
      put(root + 32, entryOf(MIDDLE, 1)),
    ]),
    put(MIDDLE, entryOf(LAST, 1)),
    put(MIDDLE + 8, entry(BIG)),
    ...Array.from({ length: PAGES }, (_, page) => put(LAST + page * 8, entry(DATA + page * 4096))),
  ]

  const parts: readonly [string[], string[]] = [[], []]
  const change = (author: number): void => {
    const kind = source.chance(20) ? 'big' : 'small'
    const page = source.below(PAGES)
    const at = kind === 'big' ? BIG_AT : SMALL_AT + page * 4096
    const value = entry(kind === 'big' ? BIG : DATA + source.below(PAGES) * 4096)
    const size = SIZE[kind]
    const other = 1 - author
    const own = `li t0, ${at}\nsfence.vma t0`
    parts[author].push(
      put(kind === 'big' ? MIDDLE + 8 : LAST + page * 8, value),
      source.of([
        remoteFence(0, -1, 0, -1),
        remoteFence(3, 0, at, size),
        `${remoteFence(1 << other, 0, at, size)}\n${own}`,
        `${remoteFence(1, other, at, size)}\nsfence.vma`,
        `${remoteFence(1, other, 0, 0)}\n${own}`,
      ]),
    )
  }
  const touch = (hart: number): string => {
    const roll = source.below(10)
    if (roll === 0)
      return `li t0, ${source.of([1 << 18, 1 << 19, 3 << 18])}\n${source.of(['csrs', 'csrc'])} sstatus, t0`
    if (roll === 1) return 'csrr t0, satp\ncsrw satp, x0\ncsrw satp, t0'
    const page = source.of([SMALL_AT, SMALL_AT, SMALL_AT, BIG_AT]) + source.below(PAGES) * 4096
    const where = `li t0, ${page + source.below(256) * 16 + 8 * hart}`
    return source.chance(50)
      ? `${where}\nli t1, 0\nld t1, 0(t0)\nslli t2, s4, 5\nsub s4, t2, s4\nadd s4, s4, t1`
      : `${where}\nsd s4, 0(t0)`
  }
  for (let phase = 0; phase < PHASES; phase++) {
    const author = source.below(2)
    for (let count = 1 + source.below(3); count > 0; count--) change(author)
    for (const hart of [0, 1]) {
      parts[hart].push('call barrier')
      for (let count = 0; count < 8; count++) parts[hart].push(touch(hart))
      parts[hart].push('call barrier')
    }
  }

  const begin = (hart: number): string => `
  la t0, handler
  csrw stvec, t0
  li s4, ${hart + 1}
  li s5, ${COUNTER}
  li s6, 0
  li t0, ${satp(hart)}
  csrw satp, t0
  sfence.vma
  ${parts[hart].join('\n  ')}`
  return `
  ${setUp.join('\n  ')}
  la a1, second
  li a0, 1
  li a2, 0
  li a7, 0x48534d
  li a6, 0
  ecall
  ${begin(0)}
  call barrier
  mv a1, s4
  call print
  ld a1, 64(s5)
  call print
  ${POWEROFF}
second:
  ${begin(1)}
  sd s4, 64(s5)
  call barrier
1: j 1b
barrier:
  addi s6, s6, 2
  li t0, 1
  amoadd.d x0, t0, (s5)
2: ld t0, 0(s5)
  blt t0, s6, 2b
  ret
print:
  li t6, 16
3: srli t5, a1, 60
  addi t5, t5, 65
  li t4, 0x10000000
  sb t5, 0(t4)
  slli a1, a1, 4
  addi t6, t6, -1
  bnez t6, 3b
  ret
.align 2
handler:
  slli t2, s4, 5
  sub s4, t2, s4
  csrr t3, scause
  add s4, s4, t3
  csrr t3, stval
  add s4, s4, t3
  csrr t3, sepc
  addi t3, t3, 4
  csrw sepc, t3
  sret
`
}

/** Two vCPUs that change each other's page tables see what two harts see. */
export function testSharedTables({ strategy, host: hostWith }: StrategyKit): void {
  /** Set it to run more of them. */
  const RUNS = Number(process.env.SHARED_TABLES_RUNS ?? 8)

  test(`${RUNS} programs on two vCPUs that change each other’s page tables print what they print on two harts`, () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const { bytes } = assemble(sharedTables(seed), { origin: BigInt(PROGRAM_ENTRY) })
      const kernel = { format: 'raw', bytes, address: PROGRAM_ENTRY } as const
      let expected = ''
      const machine = createMachine({
        kernel,
        ram: MEMORY,
        harts: 2,
        hart: { extensions: hartExtensions.filter((name) => name !== 'H' && name !== 'Svadu') },
        console: { output: (out) => (expected += Buffer.from(out).toString('latin1')) },
      })
      expect(machine.runSlice(5_000_000).reason).toBe('poweroff')
      let text = ''
      const vm = new Vm(hostWith({ memory: 2 * MEMORY }), {
        ...{ strategy, memory: MEMORY, vcpus: 2, kernel },
        output: (byte) => {
          text += String.fromCharCode(byte)
        },
      })
      const roll = new RandomSource(seed)
      for (let turns = 0; vm.ended === undefined && turns < 100_000; turns++) {
        const vcpu = roll.of(vm.vcpus.filter(({ online }) => online))
        vm.enter(vcpu, 1 + roll.below(roll.chance(50) ? 5 : 300))
      }
      expect(text, `seed ${seed}`).toBe(expected)
      expect(text).toHaveLength(32)
    }
  }, 60_000)
}
