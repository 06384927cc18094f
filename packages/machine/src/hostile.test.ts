import { memoryBlocks, type NetworkBackend, type NetworkCard, virtioConsole } from '@worldswitch/devices'
import { describe, expect, test } from 'vitest'
import { createMachine, type Machine } from './machine.ts'
import type { MachineOptions } from './machine-options.ts'
import { ENTRY, machineFor } from './test-machine.ts'
import { seededRandom } from './test-random.ts'

const RAM = 8 * 2 ** 20

/** Whatever the guest does: no exception, no hang, not one step more than allowed, and the run can go on. */
function survives(machine: Machine, steps: number): void {
  let left = steps
  while (left > 0) {
    const result = machine.runSlice(Math.min(left, 10_000))
    expect(result.steps).toBeLessThanOrEqual(Math.min(left, 10_000))
    expect(['budget', 'idle', 'poweroff', 'fail', 'reset']).toContain(result.reason)
    left -= result.steps
    if (result.reason === 'idle') return
    if (result.reason !== 'budget') {
      machine.reset()
      left -= 1000
    }
  }
}

/** A network that sends everything back. */
const echo = (): NetworkBackend => {
  let card: NetworkCard
  return {
    connect(plugged) {
      card = plugged
    },
    send: (frame) => void card.receive(frame),
  }
}

const devices = (): Pick<MachineOptions, 'disks' | 'virtio' | 'networks' | 'rng'> => ({
  disks: [memoryBlocks(new Uint8Array(64 * 512))],
  virtio: [virtioConsole({ output() {} })],
  networks: [{ backend: echo() }],
  rng: true,
})

/** Sets `stvec` to a handler that skips four bytes, so that random code goes on after a trap. */
const SKIPPING = `
  la t0, handler
  csrw stvec, t0
  j start
.align 2
handler:
  csrr t6, sepc
  addi t6, t6, 4
  csrw sepc, t6
  sret
start:
`

describe('random bytes as a kernel', () => {
  test.each(Array.from({ length: 8 }, (_, seed) => seed + 1))('seed %d', (seed) => {
    const random = seededRandom(seed)
    const bytes = new Uint8Array(0x1_0000)
    for (let at = 0; at < bytes.length; at++) bytes[at] = random()
    const kernel = { format: 'raw', bytes, address: ENTRY } as const
    survives(createMachine({ kernel, ram: RAM, harts: 1 + (seed % 2), ...devices() }), 20_000)
    // The same bytes after code that skips what traps.
    const { machine, symbols } = machineFor(SKIPPING, { quantum: 100, ...devices() })
    machine.memory.writeRam(Number(symbols.get('start')), bytes.subarray(0, 0x8000))
    survives(machine, 20_000)
  })
})

/** s0 = seed. Calls \`storm\` for ever; \`next\` leaves a random number in a0 and uses t0. */
const RANDOM = `
next:
  slli t0, s0, 13
  xor s0, s0, t0
  srli t0, s0, 7
  xor s0, s0, t0
  slli t0, s0, 17
  xor s0, s0, t0
  mv a0, s0
  jr t5
`

const MMIO_STORM = (vector: string, level: string): string => `
  li s0, SEED
  la t0, handler
  csrw ${vector}, t0
storm:
  la s1, bases
  jal t5, next
  andi t1, a0, 15
  slli t1, t1, 4
  add s1, s1, t1
  ld s2, 0(s1)
  ld s3, 8(s1)
  jal t5, next
  and a0, a0, s3
  add s2, s2, a0
  jal t5, next
  mv s4, a0
  andi t2, a0, 1
  jal t5, next
  beqz t2, 1f
  andi s4, s4, 15
1:
  andi t2, a0, 7
  slli t2, t2, 3
  la t3, accesses
  add t3, t3, t2
  jr t3
accesses:
  sb s4, 0(s2)
  j storm
  sh s4, 0(s2)
  j storm
  sw s4, 0(s2)
  j storm
  sd s4, 0(s2)
  j storm
  lb s5, 0(s2)
  j storm
  lh s5, 0(s2)
  j storm
  lw s5, 0(s2)
  j storm
  ld s5, 0(s2)
  j storm
.align 2
handler:
  la t6, storm
  csrw ${level}epc, t6
  ${level}ret
.align 3
bases:
  .dword 0x00101000, 0x1f
  .dword 0x02000000, 0xffff
  .dword 0x02004000, 0x1f
  .dword 0x0200bff8, 0x7
  .dword 0x0c000000, 0x3ffffff
  .dword 0x0c000000, 0xff
  .dword 0x0c002000, 0x1ff
  .dword 0x0c200000, 0x1fff
  .dword 0x10000000, 0xff
  .dword 0x10000000, 0x7
  .dword 0x10001000, 0x1ff
  .dword 0x10002000, 0x1ff
  .dword 0x10001000, 0xff
  .dword 0x10000000, 0xffff
  .dword 0x00100000, 0x1
  .dword 0x00000000, 0x3fffffff
${RANDOM}`

describe('random accesses to every device', () => {
  test.each([1, 2, 3])('from S-mode, seed %d', (seed) => {
    const { machine } = machineFor(`.equ SEED, ${seed * 7919}\n${MMIO_STORM('stvec', 's')}`, devices())
    survives(machine, 150_000)
    expect(Object.keys(machine.counters().mmio)).toEqual(
      expect.arrayContaining(['plic', 'uart0', 'virtio0', 'virtio1', 'virtio2', 'virtio3', 'rtc']),
    )
  })
  test.each([1, 2, 3])('from M-mode, interrupts on, seed %d', (seed) => {
    const { machine } = machineFor(
      `.equ SEED, ${seed * 104729}\nli t0, -1\ncsrw mie, t0\ncsrsi mstatus, 8\n${MMIO_STORM('mtvec', 'm')}`,
      {
        mMode: true,
        ...devices(),
      },
    )
    survives(machine, 150_000)
    expect(machine.counters().mmio.clint).toBeGreaterThan(20)
  })
})

describe('random SBI calls', () => {
  test.each([1, 2, 3])('seed %d', (seed) => {
    const { machine } = machineFor(
      `
  .equ SEED, ${seed * 15485863}
  li s0, SEED
  la t0, handler
  csrw stvec, t0
storm:
  la s1, ids
  jal t5, next
  andi t1, a0, 7
  slli t1, t1, 3
  add s1, s1, t1
  ld a7, 0(s1)
  jal t5, next
  andi a6, a0, 7
  jal t5, next
  mv a1, a0
  jal t5, next
  andi t1, a0, 1
  beqz t1, 1f
  andi a1, a1, 7
1:
  mv a2, a0
  jal t5, next
  andi t1, a0, 1
  beqz t1, 2f
  la a2, storm
2:
  mv a3, a0
  jal t5, next
  mv a4, a0
  jal t5, next
  andi t1, a0, 3
  srl a0, a0, s0
  beqz t1, 3f
  andi a0, a0, 7
3:
  andi t1, s0, 63
  bnez t1, 4f
  mv a0, zero
4:
  # A hart that stops or suspends would leave nobody to go on: hart 0 does neither.
  csrr t1, sscratch
  li t2, HSM
  bne a7, t2, 5f
  bnez t1, 5f
  andi a6, a6, 2
5:
  ecall
  j storm
.align 2
handler:
  csrr t6, sepc
  addi t6, t6, 4
  csrw sepc, t6
  sret
.align 3
ids:
  .dword 0x10, TIME, IPI, RFENCE, HSM, DBCN, 0, 2
${RANDOM}`,
      { harts: 4, quantum: 100 },
    )
    survives(machine, 150_000)
    expect(machine.counters().traps.exceptions[9]).toBeGreaterThan(1000)
  })
})

/** Takes the disk in slot 0 through its set-up with whatever queue is in memory, and notifies it. */
const KICK = `
kick:
  li t0, 0x10001000
  sw zero, 0x70(t0)
  li t1, 3
  sw t1, 0x70(t0)
  li t1, 1
  sw t1, 0x24(t0)
  sw t1, 0x20(t0)
  sw zero, 0x24(t0)
  li t1, 0x10000000
  sw t1, 0x20(t0)
  li t1, 11
  sw t1, 0x70(t0)
  la t2, setup
  lw t1, 0(t2)
  sw t1, 0x38(t0)
  lw t1, 4(t2)
  sw t1, 0x80(t0)
  lw t1, 8(t2)
  sw t1, 0x84(t0)
  lw t1, 12(t2)
  sw t1, 0x90(t0)
  lw t1, 16(t2)
  sw t1, 0x94(t0)
  lw t1, 20(t2)
  sw t1, 0xa0(t0)
  lw t1, 24(t2)
  sw t1, 0xa4(t0)
  li t1, 1
  sw t1, 0x44(t0)
  li t1, 15
  sw t1, 0x70(t0)
  sw zero, 0x50(t0)
  sw zero, 0x50(t0)
  lw t3, 0x60(t0)
  sw t3, 0x64(t0)
1: j 1b
.align 3
setup: .zero 32
`

test('virtio queues whose descriptors loop, overlap, or point outside RAM', () => {
  const { machine, symbols } = machineFor(KICK, devices())
  const { memory, harts } = machine
  const random = seededRandom(4711)
  const pick = <T>(...choices: readonly T[]): T => choices[random() % choices.length]!
  const address = (): number =>
    pick(
      0x8010_0000,
      0x8010_0000 + (random() % 0x4000),
      0x8010_0001,
      0x807f_fff8,
      0x8080_0000,
      0,
      0x1000_1000,
      0xffff_ffff,
      ENTRY,
      random(),
    )
  const code = new Uint8Array(0x200)
  memory.readRam(ENTRY, code)
  const setup = Number(symbols.get('setup'))
  let served = 0
  for (let round = 0; round < 400; round++) {
    // Descriptor table, available and used ring lie in the same pages, so that requests overwrite them.
    for (let index = 0; index < 0x80; index++) {
      const at = 0x8010_0000 + index * 16
      memory.store64(at, BigInt(address()) | (BigInt(pick(0, 0, 0, 1, random())) << 32n))
      memory.store32(at + 8, pick(0, 1, 16, 512, 0x1_0000, 0xffff_ffff, random()))
      memory.store16(at + 12, random() & pick(3, 7, 0xffff))
      memory.store16(at + 14, random() & pick(7, 0x7f, 0xffff))
    }
    // Mostly an available ring that makes sense, and mostly a good request with one field of it spoilt.
    memory.store16(0x8010_1002, pick(1, 1, 1, 2, 8, random()))
    for (let index = 0; index < 8; index++)
      memory.store16(0x8010_1004 + index * 2, pick(0, 0, random() & 7, random()))
    if (random() % 4 !== 0) {
      memory.store32(0x8010_3000, pick(0, 1, 4, 8, random()))
      memory.store64(0x8010_3008, BigInt(pick(0, 1, 63, 64, random())))
      const chain = [
        [0x8010_3000, 16, 1, 1],
        [0x8010_2800, 512, 3, 2],
        [0x8010_3100, 1, 2, 0],
      ]
      chain[random() % 3]![random() % 4] = pick(address(), random() & 3, 0)
      for (const [index, [where, length, flags, next]] of chain.entries()) {
        memory.store64(0x8010_0000 + index * 16, BigInt(where!))
        memory.store32(0x8010_0000 + index * 16 + 8, length!)
        memory.store16(0x8010_0000 + index * 16 + 12, flags!)
        memory.store16(0x8010_0000 + index * 16 + 14, next!)
      }
    }
    const size = pick(8, 8, 8, 8, 8, 8, 2, 128, 3, 0, 0x8000, random())
    const rings = [0x8010_0000, 0x8010_1000, 0x8010_2000].map((good) =>
      random() % 8 === 0 ? address() & ~15 : good,
    )
    memory.writeRam(ENTRY, code)
    const words = [size, rings[0]!, 0, rings[1]!, pick(0, 0, 0, 0, 0, 0, 0, 1), rings[2]!, 0]
    for (const [index, word] of words.entries()) memory.store32(setup + index * 4, word >>> 0)
    harts[0]!.pc = BigInt(ENTRY)
    const { reason, steps } = machine.runSlice(200)
    expect({ reason, steps }).toEqual({ reason: 'budget', steps: 200 })
    served += harts[0]!.readX(28) === 1n ? 1 : 0
  }
  // Some requests are served, most queues are found broken: both paths ran.
  expect(served).toBeGreaterThan(10)
  expect(served).toBeLessThan(300)
})
